"""Tables that SQL cannot say well: functions from tables to a table, each in a file called like the table it makes."""

"""The AI cost warehouse: facts about AI cost, validated, joined by SQL, published as one DuckDB file."""

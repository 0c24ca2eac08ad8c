-- Tokens of a prefix that a cache takes: none of one shorter than the rule's minimum (no error is raised), else the
-- minimum and whole steps beyond it. Unstated minimum and step are none.
create or replace macro cacheable_tokens(prefix_tokens, min_tokens, step_tokens) as
case
    when prefix_tokens < coalesce(min_tokens, 0) then 0
    else prefix_tokens - (prefix_tokens - coalesce(min_tokens, 0)) % coalesce(step_tokens, 1)
end;

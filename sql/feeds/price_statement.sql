-- grain: one row a rate that a feed states, with when it holds and since when the feed says so
-- What was seen, told on both time axes. A snapshot that dates nothing states its present: the rate begins when it is
-- first seen, ends when it is first missed, and stays known to have been in force. A snapshot that carries dates states
-- a history: what a later one lacks or has otherwise was withdrawn, unless the SKU went with it, which ends the rate. A
-- hole in a feed ends what it carried at its last confirmation. A documented day that is the day of its own recording
-- was observed.
with content as (
    select
        feed,
        content_no,
        version,
        first_at,
        last_at,
        lead(content_no) over (partition by feed order by content_no) as next_no,
        lead(first_at) over (partition by feed order by content_no) as next_at
    from feeds.content
    where content_no is not null
),

run as (
    select
        run.*,
        opened.version,
        opened.first_at as seen_from,
        closed.last_at as seen_to,
        closed.next_no,
        closed.next_at as missed_at,
        run.valid_from is not null or run.valid_to is not null as is_dated,
        lead(run.first_no) over (partition by run.feed, run.statement_key order by run.first_no)
        = closed.next_no as is_restated,
        lead(run.valid_to) over (partition by run.feed, run.statement_key order by run.first_no) as restated_valid_to
    from feeds.price_run as run
    inner join content as opened on run.feed = opened.feed and run.first_no = opened.content_no
    inner join content as closed on run.feed = closed.feed and run.last_no = closed.content_no
),

sku_span as (
    select
        feed,
        source_provider,
        source_sku,
        first_no,
        last_no
    from feeds.price_run
    group by feed, source_provider, source_sku, first_no, last_no
),

going_on as (
    select distinct
        run.feed,
        run.source_provider,
        run.source_sku,
        run.next_no
    from (
        select distinct
            feed,
            source_provider,
            source_sku,
            next_no
        from run
        where next_no is not null and not coalesce(is_restated, false)
    ) as run
    inner join sku_span
        on
            run.feed = sku_span.feed
            and run.source_provider = sku_span.source_provider
            and run.source_sku = sku_span.source_sku
            and sku_span.first_no <= run.next_no
            and sku_span.last_no >= run.next_no
),

ended as (
    select
        run.*,
        case
            when run.next_no is null then null
            when run.next_no > run.last_no + 1 then 'feed_gap'
            when run.is_restated then 'restated'
            when going_on.feed is not null then 'field_absent'
            else 'removed'
        end as end_reason
    from run
    left join going_on
        on
            run.feed = going_on.feed
            and run.source_provider = going_on.source_provider
            and run.source_sku = going_on.source_sku
            and run.next_no = going_on.next_no
    where not (run.is_dated and run.said_from is not null and coalesce(run.is_restated, false))
),

dated as (
    select
        *,
        case when is_dated then valid_from else coalesce(said_from, seen_from) end as begins,
        case
            when is_dated and end_reason = 'removed' and valid_from < missed_at
                then least(coalesce(valid_to, missed_at), missed_at)
            when is_dated then valid_to
            when end_reason = 'feed_gap' then seen_to
            when end_reason = 'restated' then least(missed_at, coalesce(restated_valid_to, missed_at))
            when end_reason is not null then missed_at
        end as ends,
        coalesce(said_from, seen_from) as known_from,
        coalesce(
            said_to,
            case
                when is_dated and (end_reason in ('restated', 'field_absent') or valid_from >= missed_at) then missed_at
            end
        ) as known_to
    from ended
)

select
    concat(dated.feed, '-', lower(hex(dated.statement_key)), '-', strftime(dated.seen_from, '%Y%m%dT%H%M%S')) as fact_id,
    dated.feed as source_id,
    concat(dated.version, ': ', dated.source_sku, ', ', dated.field_name) as source_locator,
    dated.source_provider,
    dated.source_sku,
    coalesce(provider.provider_id, dated.source_provider) as provider_id,
    dated.sku,
    dated.match_kind,
    dated.token_class,
    dated.service_tier,
    dated.context_over_tokens,
    time_window.price_window_id,
    dated.region,
    dated.currency,
    dated.unit,
    dated.amount,
    dated.amount_text,
    dated.amount_basis,
    case when dated.ends is null then 'list' else dated.price_kind end as price_kind,
    dated.source_url,
    dated.stated_conversion_amount,
    dated.stated_conversion_currency,
    dated.begins as valid_from,
    dated.ends as valid_to,
    case
        when not dated.is_dated or dated.end_reason = 'removed' then dated.missed_at
        when dated.said_from is not null and dated.ends > dated.known_from then dated.ends
    end as valid_to_known_from,
    case
        when dated.begins is null then null
        when dated.is_dated then coalesce(dated.valid_precision, 'instant')
        else 'instant'
    end as valid_precision,
    case
        when dated.begins is null then 'unknown'
        when not dated.is_dated then 'first_observed'
        when dated.valid_from_basis = 'documented' and date_trunc('day', dated.begins) = date_trunc('day', dated.known_from)
            then 'first_observed'
        else coalesce(dated.valid_from_basis, 'first_observed')
    end as valid_from_basis,
    dated.known_from,
    dated.known_to,
    dated.seen_to as last_confirmed_at,
    dated.end_reason,
    correction.correction_id,
    correction.reason as correction_reason
from dated
inner join feeds.feed as feed on dated.feed = feed.feed
left join ref.provider_name as provider
    on feed.namespace = provider.namespace and dated.source_provider = provider.source_provider
left join ref.price_window_name as time_window
    on
        feed.namespace = time_window.namespace
        and dated.source_provider = time_window.source_provider
        and dated.source_window = time_window.source_window
left join ref.feed_correction as correction
    on
        dated.feed = correction.feed
        and dated.source_sku = correction.source_sku
        and dated.token_class = correction.token_class
        and dated.amount = correction.expected_amount
where
    (dated.source_window is null or time_window.price_window_id is not null)
    and (dated.ends is null or dated.begins is null or dated.ends > dated.begins)
    and (dated.known_to is null or dated.known_to > dated.known_from)

-- grain: one row a rate that a feed states, with when it holds and since when the feed says so
-- What was seen, told on both time axes. A snapshot that dates nothing states its present: the rate begins when it is
-- first seen, ends when it is first missed, and stays known to have been in force. A snapshot that carries dates states
-- a history: what a later one lacks or has otherwise was withdrawn, unless the SKU went with it, which ends the rate. A
-- hole in a feed ends what it carried at its last confirmation. An end that a feed states of its present is the model's
-- retirement, unless it is a known error; one that it puts off, or takes back, when it has passed, is unlearnt, and the
-- rate told again without it. A documented day that is the day of its own recording was observed. An amount
-- beyond what is plausible for its class is kept, and said to be so.
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

stated as (
    select
        run.* exclude (valid_to),
        case when correction.correction_id is null then run.valid_to end as valid_to,
        correction.correction_id as end_correction_id,
        correction.reason as end_correction_reason
    from feeds.price_run as run
    left join ref.feed_correction as correction
        on
            run.feed = correction.feed
            and run.source_sku = correction.source_sku
            and run.valid_to = correction.expected_valid_to
),

following as (
    select
        feed,
        statement_key,
        first_no,
        lead(first_no) over (partition by feed, statement_key order by first_no) as restated_no,
        lead(valid_to) over (partition by feed, statement_key order by first_no) as restated_valid_to
    from stated
),

run as (
    select
        run.*,
        opened.version,
        opened.first_at as seen_from,
        closed.last_at as seen_to,
        closed.next_no,
        closed.next_at as missed_at,
        feed.states = 'dated' and (run.valid_from is not null or run.valid_to is not null) as is_dated,
        feed.namespace,
        following.restated_no = closed.next_no as is_restated,
        following.restated_valid_to
    from stated as run
    inner join following
        on
            run.feed = following.feed
            and run.statement_key = following.statement_key
            and run.first_no = following.first_no
    inner join content as opened on run.feed = opened.feed and run.first_no = opened.content_no
    inner join content as closed on run.feed = closed.feed and run.last_no = closed.content_no
    inner join feeds.feed as feed on run.feed = feed.feed
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
            and run.next_no >= sku_span.first_no
            and run.next_no <= sku_span.last_no
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

stated_end as (
    select
        *,
        coalesce(
            not is_dated
            and end_reason = 'restated'
            and valid_to < missed_at
            and valid_to < coalesce(restated_valid_to, timestamp '9999-12-31'),
            false
        ) as is_put_off
    from ended
),

version as (
    select
        * exclude (valid_to),
        valid_to,
        cast(null as timestamp) as put_off_at,
        case when is_put_off then missed_at end as unlearnt_at
    from stated_end
    union all
    select
        * exclude (valid_to),
        cast(null as timestamp) as valid_to,
        missed_at as put_off_at,
        cast(null as timestamp) as unlearnt_at
    from stated_end
    where is_put_off
),

dated as (
    select
        *,
        case when is_dated then valid_from else coalesce(said_from, seen_from) end as begins,
        case
            when is_dated and end_reason = 'removed' and valid_from < missed_at
                then least(coalesce(valid_to, missed_at), missed_at)
            when is_dated then valid_to
            when end_reason = 'feed_gap' and seen_to > seen_from then seen_to
            when end_reason = 'feed_gap' then seen_from + interval 1 day
            when end_reason = 'restated' then least(missed_at, coalesce(restated_valid_to, missed_at))
            when end_reason is not null then missed_at
        end as seen_end,
        coalesce(put_off_at, said_from, seen_from) as known_from,
        coalesce(
            said_to,
            unlearnt_at,
            case
                when is_dated and (end_reason in ('restated', 'field_absent') or valid_from >= missed_at) then missed_at
            end
        ) as known_to
    from version
),

told as (
    select
        *,
        case
            when is_dated then seen_end
            else least(coalesce(seen_end, valid_to), coalesce(valid_to, seen_end))
        end as ends,
        not is_dated
        and (
            valid_to < coalesce(missed_at, timestamp '9999-12-31')
            or (seen_end < missed_at and end_reason = 'restated')
        ) as is_retired
    from dated
)

select
    concat(
        told.feed,
        '-',
        lower(hex(told.statement_key)),
        '-',
        strftime(told.seen_from, '%Y%m%dT%H%M%S'),
        case when told.put_off_at is not null then '-put-off' end
    ) as fact_id,
    told.feed as source_id,
    concat(told.version, ': ', told.source_sku, ', ', told.field_name) as source_locator,
    told.source_provider,
    told.source_sku,
    coalesce(provider.provider_id, told.source_provider) as provider_id,
    told.sku,
    told.match_kind,
    told.token_class,
    told.service_tier,
    told.context_over_tokens,
    time_window.price_window_id,
    told.region,
    told.currency,
    told.unit,
    told.amount,
    told.amount_text,
    told.amount_basis,
    case when told.ends is null then 'list' else told.price_kind end as price_kind,
    told.source_url,
    told.stated_conversion_amount,
    told.stated_conversion_currency,
    told.begins as valid_from,
    told.ends as valid_to,
    case
        when told.put_off_at is not null then null
        when told.is_retired and told.ends > told.known_from and told.valid_to is null then told.missed_at
        when told.is_retired then null
        when not told.is_dated or told.ends = told.missed_at then told.missed_at
        when told.said_from is not null and told.ends > told.known_from then told.ends
    end as valid_to_known_from,
    case
        when told.begins is null then null
        when told.is_dated then coalesce(told.valid_precision, 'instant')
        else 'instant'
    end as valid_precision,
    case
        when told.begins is null then 'unknown'
        when not told.is_dated then 'first_observed'
        when
            told.valid_from_basis = 'documented'
            and date_trunc('day', told.begins) = date_trunc('day', told.known_from)
            then 'first_observed'
        else coalesce(told.valid_from_basis, 'first_observed')
    end as valid_from_basis,
    told.known_from,
    told.known_to,
    told.seen_to as last_confirmed_at,
    case when told.is_retired then 'retired' else told.end_reason end as end_reason,
    correction.correction_id,
    correction.reason as correction_reason,
    told.end_correction_id,
    told.end_correction_reason,
    coalesce(
        cast(told.amount as double) >= plausible.low and cast(told.amount as double) <= plausible.high, true
    ) as is_plausible
from told
left join ref.provider_name as provider
    on told.namespace = provider.namespace and told.source_provider = provider.source_provider
left join ref.price_window_name as time_window
    on
        told.namespace = time_window.namespace
        and told.source_provider = time_window.source_provider
        and told.source_window = time_window.source_window
left join ref.plausible_range as plausible
    on plausible.fact_table = 'api_prices' and told.token_class = plausible.kind
left join ref.feed_correction as correction
    on
        told.feed = correction.feed
        and told.source_sku = correction.source_sku
        and told.token_class = correction.token_class
        and told.amount = correction.expected_amount
where
    (told.source_window is null or time_window.source_window is not null)
    and (told.ends is null or told.begins is null or told.ends > told.begins)
    and (told.known_to is null or told.known_to > told.known_from)

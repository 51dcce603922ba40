-- Forgets the findings of a span of businesses and UTC dates that follow from what is loaded; those of the answer itself stay with their lane.
delete from clarity_findings
where
    date between $from_date and $to_date and business_id between $from_business and $to_business
    and code not in (
        -- generated: codes_of_answers
        'step_failed',
        'number_out_of_range',
        'impossible_in_a_fold',
        'metric_unreadable',
        'rows_unreadable',
        'cell_unreadable',
        'metric_missing',
        'difference_below_zero',
        'query_routes',
        'hash_routes',
        'rows_not_recovered',
        'metric_unknown',
        'list_beside_dimensions',
        'other_hosts',
        'no_web_pages',
        'folded_upper_bound'
        -- end of what is generated
    )

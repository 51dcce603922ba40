-- Forgets what the answer of one lane was found to be.
delete from clarity_findings
where
    business_id = $business_id and date = $date and slice = $slice
    and code in (
        -- generated: codes_of_answers
        'metric_unreadable',
        'rows_unreadable',
        'cell_unreadable',
        'metric_missing',
        'query_routes',
        'hash_routes',
        'difference_below_zero',
        'other_hosts',
        'no_web_pages',
        'folded_upper_bound',
        'rows_not_recovered',
        'metric_unknown',
        'list_beside_dimensions'
        -- end of what is generated
    )

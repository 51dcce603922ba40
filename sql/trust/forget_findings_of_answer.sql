-- Forgets what the answer of one lane was found to be.
delete from clarity_findings
where
    business_id = $business_id and date = $date and slice = $slice
    and code in (
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

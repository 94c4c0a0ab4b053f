"""From a line to facts under the plan: dates, categories, grades, what is closed or says nothing."""

"""x"""
OWN_SHEETS = frozenset({"填写说明", "选项", "校验结果"})

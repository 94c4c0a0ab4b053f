"""The words of one's own account, in Chinese and in English: password, codes, a proof anew."""

ACCOUNT_WORDS: dict[str, tuple[str, str]] = {
    "first_code": ("验证器显示的 6 位数字", "The six digits that it shows"),
    "give_up_why": (
        "停用后，登录只须密码；手机上的验证器条目可以删除",
        "From then on a password is enough to sign in; the entry on the phone can be deleted",
    ),
    "own_codes": ("动态口令已启用", "One-time codes are in use"),
    "own_codes_off": ("动态口令已停用", "One-time codes are not in use any more"),
    "own_password": ("密码已修改，其他设备已退出登录", "The password was changed; all other devices are signed out"),
    "own_token": ("令牌已收回", "The token was called back"),
    "own_tokens": ("以本人岗位使用的令牌", "Tokens that speak for your posts"),
    "own_tokens_why": (
        "由系统管理员签发；不认识的，请立即收回",
        "Issued by an administrator; call back those that you do not know",
    ),
    "change_password": ("修改密码", "Change the password"),
    "change_password_why": (
        "修改后，本账号在其他设备上的登录全部退出",
        "Wherever else this account is signed in, it is signed out",
    ),
    "old_password": ("原密码", "Old password"),
    "new_password": ("新密码", "New password"),
    "password_is_set": ("密码已设置，请用该密码登录", "The password is set: sign in by it"),
    "prove_for": ("办理“{what}”须再次验证身份", "This asks for it anew: {what}"),
    "prove_lasts": ("验证后 {n} 分钟内有效", "It is good for {n} minutes"),
    "prove_then": ("验证后自动转到该页面", "Then you are where you wanted to go"),
    "prove_beside_then": ("原表单仍在另一页面", "The form stays open in the other tab"),
    "proven_until": ("身份已验证，{at} 前有效", "Proven, good until {at}"),
    "proven_back": (
        "请关闭本页，回到原表单重新提交，所填内容仍在。",
        "Close this tab and send the form again: what you filled in is still there.",
    ),
    "stop": ("。", ". "),
    "code_wrong": (
        "数字不正确。二维码未变，请等验证器显示下一组数字后再输入",
        "These are not the digits. The picture is the same: wait for the next digits and type those",
    ),
    "without_post": ("您目前没有岗位，不能查看或办理案件", "You hold no post, so there is nothing to read or do here"),
    "without_post_who": ("当前登录：{name}（登录名：{login}）", "You are signed in as {name} (login {login})."),
    "post_ended": ("{at} 已卸任：", "Ended {at}: "),
    "post_coming": ("{at} 起任：", "Begins {at}: "),
    "post_to_choose": ("您还担任以下岗位，请选择：", "You may act in another post; choose it:"),
    "post_whom_to_ask": (
        "需要岗位的，请联系系统管理员：{names}。",
        "To be given a post, ask an administrator: {names}.",
    ),
    "post_ask": ("需要岗位的，请联系系统管理员。", "To be given a post, ask an administrator."),
    "post_then": ("岗位设置后，", "Once you hold one,"),
    "post_then_here": ("重新打开本页", "open this page again"),
    "own_account": ("我的账号", "My account"),
}

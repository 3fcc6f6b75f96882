//! Chat, mail, telephony and social networks.

use crate::secrets::rule::rules;

rules! { MESSAGING:
    "slack-token", "Slack token", Start, ["xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxs-", "xoxr-", "xoxe-", "xoxe.xox", "xoxc-", "xoxd-"], 95, r"xox[a-z]-(?:\d-)?\d{6,}(?:-\d{6,})*-[0-9A-Za-z]{8,}|xox[cd]-[A-Za-z0-9%/+=\-]{40,}|xox[a-z]-\d-[A-Za-z0-9\-]{40,}|xoxe\.xox[bp]-\d-[A-Za-z0-9]{60,}";
    "slack-app-token", "Slack app token", Start, ["xapp-", "xwfp-"], 95, r"xapp-\d-[A-Za-z0-9]+-\d+-[a-z0-9]+|xwfp-[0-9A-Za-z\-]{20,}";
    "slack-webhook", "Slack webhook", Start, ["hooks.slack.com/"], 85, r"hooks\.slack\.com/((?:services|workflows|triggers)/[A-Za-z0-9+/]{20,80})";
    // the first part is a number of 17 to 20 digits in base64: these are the beginnings of all such
    "discord-bot-token", "Discord bot token", Start, ["MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk", "MjA", "MjE", "MjI", "MjM", "MjQ", "MjU", "MjY", "Mjc", "Mjg", "Mjk", "MzA", "MzE", "MzI", "MzM", "MzQ", "MzU", "MzY", "Mzc", "Mzg", "Mzk", "NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg", "NDk", "NTA", "NTE", "NTI", "NTM", "NTQ", "NTU", "NTY", "NTc", "NTg", "NTk", "NjA", "NjE", "NjI", "NjM", "NjQ", "NjU", "NjY", "Njc", "Njg", "Njk", "NzA", "NzE", "NzI", "NzM", "NzQ", "NzU", "NzY", "Nzc", "Nzg", "Nzk", "ODA", "ODE", "ODI", "ODM", "ODQ", "ODU", "ODY", "ODc", "ODg", "ODk", "OTA", "OTE", "OTI", "OTM", "OTQ", "OTU", "OTY", "OTc", "OTg", "OTk", "MDA", "MDE", "MDI", "MDM", "MDQ", "MDU", "MDY", "MDc", "MDg", "MDk"], 90, r"[MNO][A-Za-z0-9_\-]{22,27}\.[A-Za-z0-9_\-]{6,7}\.[A-Za-z0-9_\-]{27,40}";
    "discord-webhook", "Discord webhook", Start, ["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], 90, r"discord(?:app)?\.com/api/webhooks/(\d{15,22}/[A-Za-z0-9_\-]{50,100})";
    "discord-secret", "Discord client secret", Named, ["discord"], 70, r"[A-Za-z0-9=_\-]{32}|[a-f0-9]{64}";
    "telegram-bot-token", "Telegram bot token", Line, [":AA"], 95, r"(?:^|[^0-9A-Za-z]|bot)(\d{6,12}:AA[A-Za-z0-9_\-]{32,33})(?:[^A-Za-z0-9_\-]|$)";
    "teams-webhook", "Microsoft Teams webhook", Line, ["webhook.office.com/"], 90, r"webhook\.office\.com/(webhookb2/[A-Za-z0-9@\-]{36,110}/IncomingWebhook/[a-z0-9]{16,40}/[A-Za-z0-9\-]{36}(?:/[A-Za-z0-9_\-]+)?)";
    "teams-webhook-old", "Microsoft Teams webhook", Line, ["outlook.office.com/webhook"], 90, r"outlook\.office(?:365)?\.com/(webhook/[A-Za-z0-9@\-]{36,110}/IncomingWebhook/[A-Za-z0-9]{16,40}/[A-Za-z0-9\-]{36})";
    "mattermost-token", "Mattermost token", Named, ["mattermost"], 60, r"[a-z0-9]{26}";
    "twilio-key", "Twilio API key", Start, ["SK"], 85, r"SK[0-9a-f]{32}";
    "twilio-auth-token", "Twilio auth token", Named, ["twilio", "authtoken", "auth_token"], 70, r"[0-9a-f]{32}";
    "sendgrid-key", "SendGrid key", Start, ["SG."], 100, r"SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}|SG\.[A-Za-z0-9=_\-.]{66}";
    "mailgun-key", "Mailgun key", Start, ["key-", "pubkey-"], 85, r"(?:pub)?key-[0-9a-f]{32}";
    "mailgun-signing-key", "Mailgun key", Line, ["mailgun", "mg_api"], 80, r"(?:^|[^0-9a-f])([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})(?:[^0-9a-f]|$)";
    "mailchimp-key", "Mailchimp key", Line, ["-us"], 90, r"(?:^|[^0-9a-f])([0-9a-f]{32}-us[0-9]{1,2})(?:[^0-9A-Za-z]|$)";
    "mandrill-key", "Mandrill key", Start, ["md-"], 80, r"md-[A-Za-z0-9_\-]{22}";
    "brevo-key", "Brevo key", Start, ["xkeysib-", "xsmtpsib-"], 100, r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}";
    "postmark-token", "Postmark token", Named, ["postmark", "x-postmark-server-token"], 75, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "resend-key", "Resend key", Start, ["re_"], 85, r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}";
    "messagebird-token", "MessageBird token", Named, ["messagebird", "message-bird", "message_bird"], 75, r"[a-z0-9]{25}|[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}";
    "intercom-token", "Intercom token", Named, ["intercom"], 75, r"[A-Za-z0-9=_\-]{60}";
    "facebook-token", "Facebook access token", Start, ["EAA"], 80, r"EAA[A-Za-z0-9]{60,400}";
    "facebook-app-token", "Facebook app token", Line, ["facebook", "fb_", "access_token", "fb"], 80, r"(?:^|[^0-9])(\d{13,17}(?:\||%7C)[A-Za-z0-9_\-]{24,32})(?:[^A-Za-z0-9_\-]|$)";
    "facebook-secret", "Facebook app secret", Named, ["facebook", "fb_secret", "fb_app_secret", "fb"], 70, r"[0-9a-f]{32}";
    "twitter-bearer", "X bearer token", Start, ["AAAAAAAAAAAAAAAAAAAAA"], 95, r"A{20,22}[A-Za-z0-9%]{80,110}";
    "twitter-key", "X API key", Named, ["twitter"], 70, r"[A-Za-z0-9]{25}|[A-Za-z0-9]{50}|[A-Za-z0-9]{45}|[0-9]{15,25}-[A-Za-z0-9]{20,40}";
    "twitch-token", "Twitch token", Named, ["twitch"], 70, r"(?:oauth:)?[a-z0-9]{30}";
    "twitch-oauth", "Twitch token", Start, ["oauth:"], 70, r"oauth:[a-z0-9]{30}";
    "linkedin-secret", "LinkedIn secret", Named, ["linkedin", "linked-in", "linked_in"], 70, r"[A-Za-z0-9]{14,16}|WPL_AP1\.[A-Za-z0-9=.]{10,}";
    "instagram-token", "Instagram token", Start, ["IGQV", "IGAA"], 85, r"IG(?:QV|AA)[A-Za-z0-9_\-]{60,}";
    "meta-rights-token", "Meta Quest token", Start, ["OC|"], 75, r"OC\|\d{10,20}\|[A-Za-z0-9]{20,40}";
    "rocketchat-token", "Rocket.Chat token", Named, ["rocketchat", "rocket_chat", "x-auth-token"], 60, r"[A-Za-z0-9_\-]{43}";
    "hipchat-gitter-token", "Gitter token", Named, ["gitter"], 70, r"[A-Za-z0-9_\-]{40}";
    "sendbird-token", "Sendbird token", Named, ["sendbird"], 70, r"[a-f0-9]{40}|[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}";
}

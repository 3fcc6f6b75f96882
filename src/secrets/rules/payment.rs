//! Payment, commerce, shipping and banking.

use crate::secrets::rule::rules;

rules! { PAYMENT:
    "stripe-key", "Stripe key", Start, ["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"], 95, r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}";
    "stripe-webhook-secret", "Stripe webhook secret", Start, ["whsec_"], 90, r"whsec_[A-Za-z0-9+/]{24,80}={0,2}";
    "square-token", "Square token", Start, ["sq0atp-", "sq0csp-", "sq0idp-", "EAAA"], 90, r"sq0[a-z]{3}-[A-Za-z0-9_\-]{22,60}|EAAA[A-Za-z0-9_\-]{60}";
    "shopify-token", "Shopify token", Start, ["shpat_", "shpca_", "shppa_", "shpss_", "shpua_", "shptka_", "shprka_"], 100, r"shp(?:at|ca|pa|ss|ua|tka|rka)_[a-fA-F0-9]{32}";
    "braintree-token", "Braintree token", Start, ["access_token$"], 100, r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}";
    "paypal-secret", "PayPal secret", Named, ["paypal"], 70, r"[A-Za-z0-9_\-]{80}";
    "plaid-token", "Plaid access token", Start, ["access-sandbox-", "access-development-", "access-production-"], 100, r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "plaid-secret", "Plaid secret", Named, ["plaid"], 70, r"[a-z0-9]{30}|[a-z0-9]{24}";
    "flutterwave-key", "Flutterwave key", Start, ["FLWSECK", "FLWPUBK"], 90, r"FLW(?:SEC|PUB)K(?:_TEST)?-[A-Za-z0-9]{12,33}(?:-X)?";
    "razorpay-key", "Razorpay key id", Start, ["rzp_live_", "rzp_test_"], 80, r"rzp_(?:live|test)_[A-Za-z0-9]{14}";
    "mollie-key", "Mollie key", Named, ["mollie"], 80, r"(?:live|test)_[A-Za-z0-9]{30}";
    "gocardless-token", "GoCardless token", Named, ["gocardless"], 80, r"(?:live|sandbox)_[A-Za-z0-9=_\-]{40}";
    "lob-key", "Lob key", Named, ["lob"], 75, r"(?:live|test)_(?:pub_)?[a-f0-9]{31,35}";
    "easypost-key", "EasyPost key", Start, ["EZAK", "EZTK"], 95, r"(?i:EZ[AT]K)[A-Za-z0-9]{54}";
    "shippo-token", "Shippo token", Start, ["shippo_live_", "shippo_test_"], 100, r"shippo_(?:live|test)_[a-fA-F0-9]{40}";
    "duffel-token", "Duffel token", Start, ["duffel_live_", "duffel_test_"], 100, r"duffel_(?:live|test)_[A-Za-z0-9_\-=]{43}";
    "coinbase-token", "Coinbase token", Named, ["coinbase"], 75, r"[A-Za-z0-9_\-]{64}";
    "adyen-key", "Adyen key", Start, ["AQE"], 85, r"AQE[A-Za-z0-9]{6,8}[A-Za-z0-9+/=.\-]{60,200}";
    "bittrex-kraken-key", "exchange key", Named, ["bittrex", "kraken", "kucoin", "binance"], 70, r"[a-f0-9]{32}|[a-f0-9]{24}|[A-Za-z0-9/=_+\-]{64,90}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "finicity-key", "Finicity key", Named, ["finicity"], 70, r"[a-f0-9]{32}|[A-Za-z0-9]{20}";
    "finnhub-etsy-key", "market API key", Named, ["finnhub", "etsy", "freshbooks"], 65, r"[A-Za-z0-9]{20,24}|[a-z0-9]{64}";
    "squarespace-token", "Squarespace token", Named, ["squarespace"], 75, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
}

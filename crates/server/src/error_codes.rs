//! The stable codes of refused requests, in one table: it feeds the answers, their help pages and the OpenAPI document.
//! Never decides when a code applies.

use axum::http::StatusCode;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $cause:literal, $remedy:literal;)*) => {
        /// Why a request was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code, by status.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The published spelling.
            pub(crate) fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What happened, in one sentence; also the default message.
            pub(crate) fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause,)* }
            }

            /// What the caller should do.
            pub(crate) fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

error_codes! {
    /// Not JSON.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not valid JSON.",
        "Send one JSON value in UTF-8 in which no member occurs twice and that is nested at most 32 levels deep.";
    /// Not readable as HTTP.
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request could not be read to its end.",
        "Check the length or the chunks of the body and the spelling of the headers, then send it again.";
    /// Two idempotency headers that disagree.
    ConflictingIdempotencyKeys = "conflicting_idempotency_keys", BAD_REQUEST, "The request carries two different idempotency keys.",
        "Send X-Idempotency-Key or Idempotency-Key, or both with one value.";
    /// No valid key.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "The API key is missing or not valid.",
        "Send the header Authorization: Bearer followed by a secret key that was not revoked and has not expired.";
    /// A provider's callback that does not prove itself.
    SignatureInvalid = "signature_invalid", UNAUTHORIZED, "The signature of the callback is not valid.",
        "Sign the raw body with the secret of the gateway account that the address belongs to.";
    /// The key may not do this.
    Forbidden = "forbidden", FORBIDDEN, "This API key does not open this API.",
        "Use a key of the right family: sk_ for /v1, adm_ for /admin/v1.";
    /// A right is missing.
    MissingRight = "missing_right", FORBIDDEN, "This API key lacks the right that this needs.",
        "Use a key that has the right that the message names, or have one made by somebody who has it.";
    /// No such thing.
    NotFound = "not_found", NOT_FOUND, "There is nothing here.",
        "Check the path and the id, and that the key belongs to the project and environment where the object was made.";
    /// Wrong method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This path does not answer this method.",
        "Use one of the methods that the Allow header names.";
    /// The body came too slowly.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The body did not arrive in time.",
        "Send the whole body within 15 seconds. Nothing was done: the request may be repeated.";
    /// The key belongs to another request.
    IdempotencyKeyReused = "idempotency_key_reused", CONFLICT, "This idempotency key was used with another method, path or body.",
        "Use a new key for a new request; repeat a request with exactly the same body.";
    /// The first request still runs.
    IdempotencyKeyInProgress = "idempotency_key_in_progress", CONFLICT, "The first request with this idempotency key is still running.",
        "Wait for the seconds in Retry-After and repeat the same request: it will be answered with the first one's result.";
    /// The intent has ended.
    IntentEnded = "intent_ended", CONFLICT, "The payment intent has ended.",
        "Read the intent to see how it ended. To be paid again, create a new one.";
    /// Its time is over.
    IntentExpired = "intent_expired", CONFLICT, "The payment intent's time is over.",
        "Create a new payment intent; lifetime_minutes says how long it lives.";
    /// An attempt may still be paid.
    AttemptInProgress = "attempt_in_progress", CONFLICT, "The payer may still pay an earlier attempt.",
        "Wait until that attempt ends; may_end_at says when, if that is known. Starting another one now could charge twice.";
    /// The last prompt may still stand.
    PayerCoolingDown = "payer_cooling_down", CONFLICT, "The last prompt to this number may still stand on the phone.",
        "Wait for the seconds in Retry-After before prompting this number again.";
    /// A person must decide.
    AmountMismatch = "amount_mismatch", CONFLICT, "The provider took another amount than was asked.",
        "A person decides what happens with the money that was taken; until then no further attempt is possible.";
    /// No code is awaited.
    CodeNotExpected = "code_not_expected", CONFLICT, "The attempt does not wait for a one-time code.",
        "Read the intent: submit a code only while next_action.type is otp.";
    /// The live environment is not open.
    EnvironmentNotOpen = "environment_not_open", CONFLICT, "The live environment of this project is not open yet.",
        "Open it with POST /admin/v1/project/live, or leave out the header Cowry-Environment.";
    /// The house keeps its own key.
    KekRequired = "kek_required", CONFLICT, "The live environment needs a key-encryption key that was given to the server.",
        "Move the database to a key of your own with cowry kek rotate, and start the server with --kek-file or COWRY_KEK.";
    /// The key opens nothing any more.
    KeyNotValid = "key_not_valid", CONFLICT, "The API key is revoked or has expired.",
        "Make a new key.";
    /// No limits, no live keys.
    RateLimitsOff = "rate_limits_off", CONFLICT, "This server runs without rate limits, so that no live key can be made.",
        "Start the server with --rate-limits default.";
    /// It says whose account this is.
    IdentitySetting = "identity_setting", CONFLICT, "A setting that says whose gateway account this is cannot be changed.",
        "Make a new gateway account with the new value, put it into the routing rules, and close the old one.";
    /// One rule for one match.
    RuleExists = "rule_exists", CONFLICT, "Another routing rule matches the same direction, method and country.",
        "Change the rule that the message names, or delete it first.";
    /// One customer for one e-mail address or phone.
    CustomerExists = "customer_exists", CONFLICT, "Another customer has this e-mail address or phone.",
        "Use the customer that the message names, or change that one first.";
    /// Another country than the intent's.
    CountryDiffers = "country_differs", BAD_REQUEST, "The country is not that of the payment intent.",
        "Confirm with the transaction_country that the intent was created with.";
    /// Nothing serves that country and currency.
    NotEligible = "not_eligible", BAD_REQUEST, "Nothing is configured that takes this currency in this country.",
        "Choose a country and a currency that a routing rule of the project serves, or add a rule.";
    /// Something is under way, or it has ended.
    NotConfirmable = "not_confirmable", CONFLICT, "The payment intent cannot be confirmed now.",
        "Read its status: an intent is confirmed once, while it requires a payment method.";
    /// The payer was not asked.
    PayerNotReached = "payer_not_reached", BAD_GATEWAY, "No provider could be reached; the payer was not asked and nothing was taken.",
        "Confirm again with a new idempotency key.";
    /// Any other contradiction.
    Conflict = "conflict", CONFLICT, "This contradicts what is there.",
        "Read the message and the object, and decide what is to be.";
    /// Too large.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is larger than 256 KiB.",
        "Send less; metadata is for references, not for documents.";
    /// The address is too long.
    UriTooLong = "uri_too_long", URI_TOO_LONG, "The address of the request is longer than 8 KiB.",
        "Send fewer or shorter query parameters.";
    /// Not JSON by its content type.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body's content type is not JSON.",
        "Send JSON with the header Content-Type: application/json.";
    /// Validation.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "The request is not valid.",
        "The member errors names every field that must change, and why. Nothing was done.";
    /// Bad length of the key.
    IdempotencyKeyInvalid = "idempotency_key_invalid", PRECONDITION_REQUIRED, "An idempotency key has 8 to 128 characters.",
        "Send a key of 8 to 128 characters, for example a UUID made for this request.";
    /// Too many or too large headers.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request has more than 100 headers or more than 32 KiB of them.",
        "Send fewer or shorter headers, cookies above all.";
    /// Too often.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "This key calls too often.",
        "Wait for the seconds in Retry-After. Limits are per key and set by whoever runs the server; in /v1 reads and writes are counted apart.";
    /// A payer is asked too often.
    TooManyPrompts = "too_many_prompts", TOO_MANY_REQUESTS, "This number was prompted too often.",
        "Wait for the seconds in Retry-After. One number is prompted at most 5 times in 10 minutes and 20 times a day.";
    /// Too many streams at once.
    TooManyStreams = "too_many_streams", TOO_MANY_REQUESTS, "This key has 16 event streams open, and that is the most.",
        "Close one first. One stream tells every event; several readers are better served by one that hands on.";
    /// A fault of ours.
    InternalError = "internal_error", INTERNAL_SERVER_ERROR, "Something went wrong on our side.",
        "Read the object or repeat the request with the same idempotency key: it is never executed twice. Tell us the request_id.";
    /// Too busy.
    Busy = "busy", SERVICE_UNAVAILABLE, "Too much is going on at once.",
        "Wait for the seconds in Retry-After and repeat the request with the same idempotency key.";
    /// Something needed is not there.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service cannot do this right now.",
        "Wait for the seconds in Retry-After and repeat the request with the same idempotency key.";
}

impl ErrorCode {
    /// Reads the published spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.code() == text)
    }
}

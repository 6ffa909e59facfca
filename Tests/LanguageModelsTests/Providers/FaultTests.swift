import ContextCore
import HTTP
import LanguageModels
import Testing

struct `Refusals of providers` {
    private let model = ModelName(provider: "openai", model: "m")

    @Test(arguments: [
        (
            401, #"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            ModelError.Kind.unauthenticated, "Incorrect API key"
        ),
        (404, #"{"error":{"message":"no such model","code":"model_not_found"}}"#, .unknownModel, "no such model"),
        (429, #"{"error":{"message":"Rate limit reached","type":"requests"}}"#, .rateLimited, "Rate limit reached"),
        (
            429, #"{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}"#, .unauthenticated,
            "You exceeded your quota"
        ),
        (
            529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded,
            "Overloaded"
        ),
        (
            400, #"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":null}}"#,
            .contextLengthExceeded, "This model's maximum context length is 8192 tokens."
        ),
        (
            400,
            #"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            .contextLengthExceeded, "the request exceeds the available context size"
        ),
        (
            400, #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 1 > 0"}}"#,
            .contextLengthExceeded, "prompt is too long: 1 > 0"
        ),
        (400, #"{"error":"bad option"}"#, .rejected, "bad option"), (500, "oops", .failed, "oops"),
        (402, #"{"error":{"message":"Insufficient credits","code":402}}"#, .unauthenticated, "Insufficient credits"),
        (405, "Method Not Allowed", .unknownModel, "Method Not Allowed"), (409, "busy", .failed, "busy"),
        (503, #"{"detail":"loading"}"#, .overloaded, "loading"), (502, "", .failed, "status 502 without a word"),
        (422, #"{"message":"no"}"#, .rejected, "no"),
        (
            400,
            #"{"error":{"message":"Invalid model name passed in model=x.","type":"invalid_request_error","code":"400"}}"#,
            .unknownModel, "Invalid model name passed in model=x."
        ),
        (
            400, #"{"error":{"message":"No connected db.","type":"no_db_connection","code":"400"}}"#, .unauthenticated,
            "No connected db."
        ),
        (
            429, #"{"error":{"message":"used up","type":"insufficient_quota","code":"429"}}"#, .unauthenticated,
            "used up"
        ),
    ])
    func `A bad status is told by its kind, in the provider's words`(
        status: Int,
        body: String,
        kind: ModelError.Kind,
        message: String
    ) {
        let error = ProviderFault.error(status: status, headers: [:], body: Array(body.utf8), model)
        #expect(error.kind == kind)
        #expect(error.message == message)
        #expect(error.status == status)
    }

    @Test func `Retry-After is read as seconds, as a date, and in milliseconds`() {
        #expect(HTTPHeaders([.init(name: "retry-after", value: "7")]).retryAfter() == .seconds(7))
        #expect(HTTPHeaders([.init(name: "Retry-After", value: "0.5")]).retryAfter() == .milliseconds(500))
        #expect(HTTPHeaders([.init(name: "retry-after-ms", value: "250")]).retryAfter() == .milliseconds(250))
        let date = HTTPHeaders([.init(name: "Retry-After", value: "Thu, 01 Jan 1970 00:01:00 GMT")])
        #expect(date.retryAfter(now: 45) == .seconds(15))
        #expect(date.retryAfter(now: 90) == .zero)
        #expect(HTTPHeaders([.init(name: "Retry-After", value: "soon")]).retryAfter() == nil)
        #expect(HTTPHeaders([.init(name: "Retry-After", value: "-3")]).retryAfter() == nil)
        #expect(HTTPHeaders([.init(name: "Retry-After", value: "1e300")]).retryAfter() == .seconds(86_400))
    }
}

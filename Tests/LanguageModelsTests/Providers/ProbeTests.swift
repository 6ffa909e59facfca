import HTTP
import LanguageModels
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Probes of providers` {
    private func probe(
        _ provider: Provider,
        _ model: String = "m",
        at endpoint: String? = nil,
        version: String? = nil
    ) throws -> ProviderProbe {
        var access = ProviderAccess(provider, endpoint: endpoint, key: Secret("sk-1"))
        access.apiVersion = version
        return try #require(access.probe(model: model))
    }

    @Test(
        arguments: [
            (.openai, nil, nil, "https://api.openai.com/v1/models"),
            (.openai, "http://gateway/v1/", nil, "http://gateway/v1/models"),
            (
                .openai, "https://me.openai.azure.com/openai/deployments/mine", "2024-10-21",
                "https://me.openai.azure.com/openai/models?api-version=2024-10-21"
            ),
            (.anthropic, nil, nil, "https://api.anthropic.com/v1/models?limit=1000"),
            (.anthropic, "http://proxy/v1", nil, "http://proxy/v1/models?limit=1000"),
            (.llamafile, nil, nil, "http://127.0.0.1:8080/health"),
            (.llamafile, "http://box:81/v1", nil, "http://box:81/health"),
            (.ollama, nil, nil, "http://127.0.0.1:11434/api/tags"),
        ] as [(Provider, String?, String?, String)]
    )
    func `each asks for the cheapest thing that its provider has`(
        provider: Provider,
        endpoint: String?,
        version: String?,
        url: String
    ) throws {
        let request = try probe(provider, at: endpoint, version: version).request
        #expect(request.method == .get && request.url == url && request.body.isEmpty)
    }

    @Test func `the key goes along, and the extractive model needs no probe`() throws {
        #expect(try probe(.openai).request.headers["Authorization"] == "Bearer sk-1")
        #expect(try probe(.openai, version: "v").request.headers["api-key"] == "sk-1")
        #expect(try probe(.anthropic).request.headers["x-api-key"] == "sk-1")
        #expect(try probe(.anthropic).request.headers["anthropic-version"] != nil)
        #expect(ProviderAccess(.extractive).probe(model: "extractive") == nil)
    }

    @Test(
        arguments: [
            (.openai, 200, #"{"object":"list","data":[{"id":"m"},{"id":"n"}]}"#, .answers),
            (.openai, 200, #"{"data":[{"id":"n"}]}"#, .lacksModel),
            (.anthropic, 200, #"{"data":[{"type":"model","id":"m","display_name":"M"}],"has_more":false}"#, .answers),
            (.llamafile, 200, #"{"status":"ok"}"#, .answers),
            (.llamafile, 503, #"{"error":{"code":503,"message":"Loading model","type":"x"}}"#, .fails("Loading model")),
            (.ollama, 200, #"{"models":[{"name":"m:latest"},{"name":"n:7b"}]}"#, .answers),
            (.ollama, 200, #"{"models":[]}"#, .lacksModel),
            (.openai, 401, #"{"error":{"message":"Bad key sk-1."}}"#, .fails("Bad key ***.")),
            (.openai, 404, "not here", .silent(status: 404)),
            (
                .anthropic, 529, #"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#,
                .fails("Busy")
            ),
        ] as [(Provider, Int, String, ProviderProbe.Health)]
    )
    func `an answer is read as its provider means it, and never shows the key`(
        provider: Provider,
        status: Int,
        body: String,
        health: ProviderProbe.Health
    ) throws {
        #expect(try probe(provider).read(status: status, headers: [:], body: Array(body.utf8)) == health)
    }

    @Test(arguments: [Provider.openai, .anthropic, .llamafile, .ollama])
    func `what somebody else answers is quoted as what it is`(provider: Provider) throws {
        for body in ["<html>sk-1</html>", "", "[]", "{}", "{\"data\":7,\"models\":7,\"status\":7}"] {
            let health = try probe(provider).read(status: 200, headers: [:], body: Array(body.utf8))
            guard case .fails(let words) = health else { Issue.record("\(health) for \(body)"); continue }
            #expect(words.contains("does not fit") && !words.contains("sk-1"), "\(words)")
        }
    }

    @Test func `a provider that says nothing has failed when the time is over`() async throws {
        try await withProvider([.hold]) { provider, client in
            var access = ProviderAccess(.openai, endpoint: provider.base)
            access.key = nil
            let health = try await access.probe(model: "m")?.ask(client, within: .milliseconds(50))
            guard case .fails? = health else { Issue.record("\(String(describing: health))"); return }
        }
        try await withProvider([.write("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}")]) {
            provider,
            client in
            let health = try await ProviderAccess(.llamafile, endpoint: provider.base).probe(model: "m")?
                .ask(client, within: .seconds(10))
            #expect(health == .answers)
        }
    }
}

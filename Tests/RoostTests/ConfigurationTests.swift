import ContextCore
import ContextEngine
import HTTP
import JSONWebTokens
import LanguageModels
import Retrieval
import Runtime
import SQL
import TestSupport
import Testing

@testable import roost

struct ConfigurationTests {
    /// Reads `json` as the file and `variables` as the environment.
    private func read(
        _ json: String? = nil,
        _ variables: [String: String] = [:],
        overrides: [ConfigurationReader.Override] = []
    ) async throws -> EffectiveConfiguration {
        try await withTemporaryDirectory { directory in
            if let json { try AtomicFile.write(Array(json.utf8), to: directory + "/roost.json") }
            let variables = variables.merging(["HOME": "/home/somebody"]) { own, _ in own }
            var reader = ConfigurationReader(environment: Environment(variables))
            reader.workingDirectory = directory + "/nowhere"
            return try reader.read(file: nil, dataDirectory: directory, overrides: overrides)
        }
    }

    private func problem(_ json: String, _ variables: [String: String] = [:]) async -> String {
        do {
            _ = try await read(json, variables)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [("", ["HOME": "/h"]), (nil, [:]), ("~/x", ["HOME": ""]), (nil, ["ROOST_DATA": "~"])])
    func `a data directory that would be the root of the file system is refused`(
        option: String?,
        variables: [String: String]
    ) {
        let reader = ConfigurationReader(environment: Environment(variables), workingDirectory: "/nowhere")
        #expect(throws: ConfigurationError.self) { try reader.read(file: nil, dataDirectory: option) }
    }

    @Test func `the key of a fallback model is not shown`() async throws {
        let effective = try await read(
            #"{"llm":{"fallback_model":{"provider":"openai","api_key":"sk-1","model":"m"}}}"#
        )
        let report = ConfigurationReport(effective: effective)
        #expect(!report.text.contains("sk-1") && report.text.contains("***"))
        #expect(!report.json.settings.contains { $0.value.description.contains("sk-1") })
    }

    @Test func `without a file everything is the default`() async throws {
        let effective = try await read()
        #expect(effective.values.server.port == 8092)
        #expect(effective.origins.isEmpty)
        #expect(effective.file == nil)
    }

    @Test func `the file wins over the default, the environment over the file, the command line over both`()
        async throws
    {
        let json = #"{"server": {"port": 1}}"#
        #expect(try await read(json).values.server.port == 1)
        #expect(try await read(json, ["ROOST_SERVER_PORT": "2"]).values.server.port == 2)
        let effective = try await read(
            json,
            ["ROOST_SERVER_PORT": "2"],
            overrides: [("server.port", .number(3), "--port")]
        )
        #expect(effective.values.server.port == 3)
        #expect(effective.origins["server.port"] == .commandLine("--port"))
    }

    @Test func `the example of the contract is accepted`() async throws {
        let json = """
            {"llm":{"provider":"llamafile","api_key":"${OPENAI_API_KEY}","model":"gpt-4o-mini","fallback_model":null,
             "endpoint":null,"temperature":0.7,"max_tokens":4096,"timeout_secs":30,"retry_attempts":3},
             "embeddings":{"provider":"local","model":"all-MiniLM-L6-v2","batch_size":100,"cache_dir":"~/.roost/embeddings"},
             "vector_search":{"enabled":true,"index_path":"~/.roost/vector.index","top_k":5,"ef_construction":200,"m":16},
             "conversation":{"max_context_tokens":8000,"persist":true,"persist_path":"~/.roost/conversations"},
             "server":{"host":"127.0.0.1","port":8092},"database_url":"sqlite:~/.roost/roost.db","redis_url":null}
            """
        let effective = try await read(json)
        #expect(effective.values.languageModel.apiKey == nil)
        #expect(effective.values.index.snapshotPath == "/home/somebody/.roost/vector.index")
        #expect(try effective.values.databaseConfiguration.location == .file("/home/somebody/.roost/roost.db"))
        let unused = effective.values.unused(effective)
        #expect(!unused.contains { $0.contains("llm.") }, "\(unused)")
        #expect(unused.contains { $0.contains("conversation.persist") })
        #expect(try await read(json, ["OPENAI_API_KEY": "k"]).values.languageModel.apiKey?.reveal() == "k")
    }

    @Test(arguments: [
        (#"{"sever": {"port": 1}}"#, "Unknown key “sever”", "Did you mean “server”?"),
        (#"{"server": {"prot": 1}}"#, "Unknown key “server.prot”", "Did you mean “server.port”?"),
        (#"{"server": {"port": {"a": 1}}}"#, "server.port is {\"a\":1}", "expected a whole number from 0 to 65535."),
        (#"{"server": {"port": "80"}}"#, "server.port is \"80\"", "expected a whole number from 0 to 65535."),
        (#"{"server": {"port": 80.5}}"#, "server.port is 80.5", "expected a whole number"),
        (#"{"server": {"port": null}}"#, "server.port is null", "expected a whole number"),
        (#"{"server": 3}"#, "server is 3", "expected an object."),
        (
            #"{"log": {"level": "loud"}}"#, "log.level is \"loud\"",
            "expected one of trace, debug, info, warning, error, off."
        ),
        (#"{"redis_url": 5}"#, "redis_url is not a text", "expected a text or null."),
        (#"{"log": {"level": "${NOWHERE}"}}"#, "log.level in", "refers to the variable NOWHERE, which is not set."),
        (#"{"server": "#, "is not valid JSON", ""),
        ("[]", "is not valid JSON", "the file holds one object"),
        (#"{"context": {"confidence": {"high": 0.1}}}"#, "context.confidence.medium is 0.6", "high, 0.1."),
        (
            #"{"search": {"limits": {"default_results": 200}}}"#, "search.limits.default_results is 200",
            "maximum_results, 100."
        ),
        (#"{"server": {"tls": {"certificate": "a"}}}"#, "server.tls needs both", ""),
        (#"{"rag_sessions": {"webhook": {"url": "file:///x"}}}"#, "webhook.url is “file:///x”", "https://…."),
    ])
    func `what can't be used is named with its place`(json: String, beginning: String, end: String) async {
        let sentence = await problem(json)
        #expect(sentence.contains(beginning))
        #expect(sentence.contains(end))
    }

    @Test func `a variable that can't be used is named`() async {
        let sentence = await problem("{}", ["ROOST_SERVER_PORT": "http"])
        #expect(
            sentence
                == #"server.port is "http" (environment ROOST_SERVER_PORT): expected a whole number from 0 to 65535."#
        )
    }

    @Test func `the variables of jobs and compaction have the contract's names`() async throws {
        let standard = try await read(nil).values
        #expect(standard.jobConfiguration.windowTokens == 4_096 && standard.jobConfiguration.retrieves)
        #expect(standard.compaction.isEnabled && standard.compaction.cacheTimeToLive == 3_600)
        let variables = [
            "MAX_CONTEXT_SIZE": "2048", "ENABLE_RAG": "false", "ENABLE_COMPACTION": "false", "SUMMARY_MODEL": "small",
            "LLM_MODEL": "large", "SESSION_TIMEOUT": "90",
        ]
        let values = try await read(nil, variables).values
        #expect(values.jobConfiguration.windowTokens == 2_048 && !values.jobConfiguration.retrieves)
        #expect(!values.compaction.isEnabled && values.summaries.model == "small")
        #expect(values.languageModel.model == "large" && values.ragSessionConfiguration.timeout == 90)
        #expect(!values.ragSessionConfiguration.isEnabled && standard.ragSessionConfiguration.isEnabled)
        #expect(standard.ragSessionConfiguration.timeout == 1_800)
    }

    @Test func `a temperature of null is none, for the fallback, too`() async throws {
        let standard = try await read().values.languageModel
        #expect(standard.temperature == 0.7 && standard.contextWindow == nil)
        #expect(try standard.access.sampling.temperature == 0.7)
        let open = try await read(
            #"{"llm":{"provider":"openai","model":"m","temperature":null,"fallback_model":"ollama:n","context_window":9000}}"#
        ).values.languageModel
        #expect(try open.access.sampling.temperature == nil && open.access.contextWindow == 9_000)
        #expect(try open.fallbackAccess?.access.sampling.temperature == nil)
        let own = try await read(
            #"{"llm":{"provider":"openai","model":"m","fallback_model":{"provider":"openai","model":"o1","temperature":null}}}"#
        ).values.languageModel
        #expect(try own.access.sampling.temperature == 0.7)
        #expect(try own.fallbackAccess?.access.sampling.temperature == nil)
    }

    @Test func `a tokenizer is read from its file, and one that can't be is named`() async throws {
        #expect(try await read().values.languageModel.tokenizer == nil)
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        let ranks = root + "/LanguageModelsTests/Fixtures/small-o200k_base.tiktoken"
        let tokenizer = try await read(nil, ["ROOST_LLM_TOKENIZER_RANKS": ranks]).values.languageModel.tokenizer
        #expect(tokenizer?.name == "small-o200k_base" && tokenizer?.count("a b") ?? 0 > 0)
        for path in ["/nowhere/x.tiktoken", #filePath] {
            let settings = try await read(nil, ["ROOST_LLM_TOKENIZER_RANKS": path]).values.languageModel
            #expect {
                try settings.tokenizer
            } throws: { error in
                "\(error)".contains("llm.tokenizer.ranks is \(path)")
            }
        }
    }

    @Test func `variables stand for numbers, flags, lists and texts`() async throws {
        let values = try await read(
            nil,
            [
                "ROOST_VECTOR_SEARCH_ENABLED": "off", "ROOST_CONTEXT_RELEVANCE_SIMILARITY": "0.5",
                "ROOST_CONTEXT_LEVELS_STANDARD_COLLECTIONS": "a, b", "REDIS_URL": "redis://x", "LLM_MODEL": "m",
                "ROOST_LLM_MODEL": "n", "ROOST_SERVER_TIMEOUTS_BODY_SECS": "1.5",
            ]
        ).values
        #expect(!values.search.isEnabled)
        #expect(values.context.relevance.similarity == 0.5)
        #expect(values.context.levels.standard.collections == ["a", "b"])
        #expect(values.redisURL?.reveal() == "redis://x")
        #expect(values.languageModel.model == "n")
        #expect(values.server.timeouts.body == .milliseconds(1_500))
    }

    @Test func `no report shows a secret`() async throws {
        let effective = try await read(
            #"{"llm": {"api_key": "sk-${PART}-word"}, "database_url": "sqlite:/a/secret-word"}"#,
            ["PART": "secret", "REDIS_URL": "redis://:secret-word@host"]
        )
        #expect(effective.values.languageModel.apiKey?.reveal() == "sk-secret-word")
        let report = ConfigurationReport(effective: effective)
        let shown = "\(report.text) \(report.json) \(effective)"
        #expect(!shown.contains("secret-word"))
        #expect(report.text.contains("***"))
    }

    @Test func `a database that is not SQLite is refused when it is opened`() async throws {
        let values = try await read(#"{"database_url": "postgres://u:p@h/d"}"#).values
        #expect {
            try values.databaseConfiguration
        } throws: { error in
            "\(error)".contains("“postgres:”") && !"\(error)".contains("u:p")
        }
    }

    @Test(arguments: [
        ("postgres://u:p@h/d", "vectordb_url begins with “postgres:”"), ("sqlite:/other.db", "not the main database"),
        ("sqlite::memory:", "not the main database"), ("/main.db", "vectordb_url begins with"),
    ])
    func `passages in a database of their own are refused, without showing where`(url: String, sentence: String)
        async throws
    {
        let values = try await read(#"{"database_url": "sqlite:/main.db"}"#, ["VECTORDB_URL": url]).values
        #expect {
            try values.databaseConfiguration
        } throws: { error in
            "\(error)".contains(sentence) && !"\(error)".contains("u:p") && !"\(error)".contains("other.db")
        }
        let same = try await read(#"{"database_url": "sqlite:/main.db"}"#, ["VECTORDB_URL": "sqlite:///main.db"])
        #expect(try same.values.databaseConfiguration.location == .file("/main.db"))
    }

    @Test func `keys of delegation are read when they are needed, and never shown`() async throws {
        let secret = "a secret-word that is long enough, it is"
        let effective = try await read(
            #"{"delegation": {"secret": "\#(secret)"}, "rag_sessions": {"webhook": {"secret": "secret-word"}}}"#
        )
        #expect(try effective.values.delegationConfiguration.keys.signing?.algorithm == .hs256)
        let report = ConfigurationReport(effective: effective)
        #expect(!"\(report.text) \(report.json) \(effective)".contains("secret-word"))
        #expect(try await read(nil).values.delegationConfiguration.keys.isEmpty)
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.2", "example.org"])
    func `a host that others can reach is refused without authentication`(host: String) async throws {
        let values = try await read(nil, ["ROOST_SERVER_HOST": host]).values
        #expect(throws: ConfigurationError.self) { try values.serverConfiguration }
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
    func `loopback is served`(host: String) async throws {
        let values = try await read(nil, ["ROOST_SERVER_HOST": host]).values
        #expect(throws: Never.self) { try values.serverConfiguration }
    }
}

struct SettingTableTests {
    private let defaults = Configuration(dataDirectory: "/d")

    @Test func `paths and variables are unique`() {
        #expect(Set(Setting.all.map(\.path)).count == Setting.all.count)
        let variables = Setting.all.flatMap(\.variables)
        #expect(Set(variables).count == variables.count)
    }

    @Test(arguments: Setting.all.map(\.path))
    func `every setting accepts its own default and keeps it`(path: String) throws {
        let setting = try #require(Setting.all.first { $0.path == path })
        let value = setting.read(defaults)
        if value == .null {
            #expect(setting.isOptional)
        } else {
            #expect(setting.kind.accept(value) == value)
        }
        var copy = defaults
        setting.write(&copy, value)
        #expect(setting.read(copy) == value)
    }

    @Test(arguments: Setting.all.map(\.path))
    func `every setting can be changed, and changes nothing else`(path: String) throws {
        let setting = try #require(Setting.all.first { $0.path == path })
        let other = try #require(Self.other(than: setting.read(defaults), setting.kind))
        #expect(setting.kind.accept(other) == other)
        var changed = defaults
        setting.write(&changed, other)
        let differing = Setting.all.filter { $0.read(changed) != $0.read(defaults) }.map(\.path)
        #expect(differing == [path])
    }

    private static func other(than value: JSONValue, _ kind: Setting.Kind) -> JSONValue? {
        switch kind {
        case .text, .secret, .path, .textOrObject: .string("something else")
        case .flag: .bool(value != .bool(true))
        case .names: ["one", "two"]
        case .choice(let names): names.map(JSONValue.string).first { $0 != value }
        case .integer(let range):
            [range.lowerBound, range.upperBound].map { .number(Double($0)) }.first { $0 != value }
        case .number(let range): [range.lowerBound, range.upperBound].map(JSONValue.number).first { $0 != value }
        }
    }

    @Test func `the page of the documentation is what the table says`() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let page = try FileSystem.read(root + "/docs/configuration.md")
        #expect(
            String(decoding: page, as: UTF8.self) == ConfigurationReport.markdown,
            "write it anew: roost config --markdown > docs/configuration.md"
        )
    }

    @Test func `any JSON is read or refused`() {
        var generator = SeededGenerator(seed: 11)
        let keys = Setting.all.flatMap { $0.path.split(separator: ".").map(String.init) } + ["other", ""]
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0...(depth > 0 ? 5 : 3), using: &generator) {
            case 0: .null
            case 1: .bool(.random(using: &generator))
            case 2: .number(.random(in: -1e9...1e9, using: &generator))
            case 3: .string("${X} } ${ \\")
            case 4: .array((0..<2).map { _ in value(depth - 1) })
            default:
                .object(
                    Dictionary((0..<3).map { _ in (keys.randomElement(using: &generator) ?? "", value(depth - 1)) }) {
                        $1
                    }
                )
            }
        }
        for _ in 0..<2_000 {
            guard let leaves = try? SettingPaths.leaves(of: value(4), file: "f") else { continue }
            #expect(leaves.allSatisfy { leaf in Setting.all.contains { $0.path == leaf.path } })
        }
    }
}

struct EditDistanceTests {
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3),
        ("port", "prot", 1), ("a", "b", 1),
    ])
    func `counts insertions, deletions, substitutions and swaps`(left: String, right: String, distance: Int) {
        #expect(EditDistance.between(left, right) == distance)
        #expect(EditDistance.between(right, left) == distance)
    }

    @Test func `something quite different is not suggested`() {
        #expect(EditDistance.nearest(to: "elephant", in: ["server", "log"]) == nil)
        #expect(EditDistance.nearest(to: "lgo", in: ["server", "log"]) == "log")
        #expect(EditDistance.nearest(to: "x", in: []) == nil)
    }
}

import ContextCore
import ContextEngine
import FoundationEssentials
import Glibc
import HTTP
import JSONWebTokens
import Runtime
import TestSupport
import Testing

@testable import roost

/// `roost token`, from outside.
@Suite(.timeLimit(.minutes(5))) struct TokenCommandTests {
    private static let secret = "a secret of thirty-two bytes, or more"

    private func withCommand(
        _ settings: String = #"{"delegation": {"secret": "\#(secret)"}}"#,
        _ body: (BuiltCommand) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try write(settings, to: directory + "/data/roost.json")
            try await body(BuiltCommand(directory: directory))
        }
    }

    private func authority(_ keys: KeySet) throws -> DelegationAuthority {
        var configuration = DelegationConfiguration()
        configuration.keys = keys
        return try #require(DelegationAuthority(configuration))
    }

    private func json(_ text: String) throws -> [String: JSONValue] {
        try JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8))
    }

    @Test func `a token opens what the options say, for an hour`() async throws {
        try await withCommand { roost in
            let words = ["--host", "node 1", "--conversation", "c_1", "--collection", "a", "--collection=b"]
            let made = try roost.start(["token"] + words).end()
            #expect(made.code == 0, "\(made.errors)")
            let lines = made.output.split(separator: "\n")
            try #require(lines.count == 1)
            let keys = KeySet([try TokenKey(secret: Secret(Self.secret))])
            let token = try authority(keys).read(String(lines[0]), at: .now)
            #expect(token.subject == "local" && token.host == "node 1")
            #expect(token.scope == DelegationScope(conversation: "c_1", collections: ["a", "b"]))
            let left = token.expiresAt.milliseconds - Timestamp.now.milliseconds
            #expect(left > 3_000_000 && left <= 3_600_000)
            #expect(made.errors.contains(token.id) && !made.errors.contains(Self.secret))

            let report = try json(try roost.start(["token", "--json", "--expires", "60"] + words).end().output)
            let other = try authority(keys).read(report["token"]?.stringValue ?? "", at: .now)
            #expect(report["jti"] == .string(other.id) && other.id != token.id)
            #expect(report["scope"] == "conversation:c_1 collection:a collection:b" && report["aud"] == "roost")
            #expect(report["expires_at"] == .string(other.expiresAt.iso8601))
        }
    }

    @Test func `a private key signs, a public one is not enough`() async throws {
        let key = try GeneratedKey(.p256)
        try await withCommand(#"{"delegation": {"key": "~/key.pem"}}"#) { roost in
            let words = ["token", "--host", "n", "--conversation", "c"]
            try write(key.privatePEM, to: roost.directory + "/key.pem")
            let made = try roost.start(words).end()
            #expect(made.code == 0, "\(made.errors)")
            let keys = try KeySet(file: Array(key.publicPEM.utf8))
            #expect(try authority(keys).read(made.output.trimmedLine, at: .now).host == "n")
            try write(key.publicPEM, to: roost.directory + "/key.pem")
            let refused = try roost.start(words).end()
            #expect(refused.code == 1 && refused.errors.contains("private key"))
        }
    }

    @Test(arguments: [
        (["token"], "--conversation is missing"), (["token", "--host", "n"], "--conversation is missing"),
        (["token", "--conversation", "c"], "--host is missing"),
        (["token", "--host", "n", "--conversation", "a b"], "without spaces"),
        (["token", "--host", "n", "--conversation", "c", "--collection", "a b"], "without spaces"),
        (["token", "--host", "n", "--conversation", "c", "--expires", "0"], "1 to 86400"),
        (["token", "--host", "n", "--conversation", "c", "--expires", "86401"], "1 to 86400"),
        (["token", "--revoke", "x", "--host", "n"], "no meaning beside --revoke"), (["token", "x"], "takes no"),
    ])
    func `what is not understood is said`(words: [String], sentence: String) async throws {
        try await withCommand { roost in
            let result = try roost.start(words).end()
            #expect(result.code == 2 && result.output.isEmpty)
            #expect(result.errors.contains(sentence), "\(result.errors)")
        }
    }

    @Test(arguments: [
        ("{}", "no key is configured"), (#"{"delegation": {"secret": "short"}}"#, "has 5 bytes"),
        (#"{"delegation": {"key": "/nowhere/key.pem"}}"#, "can't be read"),
        (#"{"delegation": {"key": "~/data/roost.json"}}"#, "holds neither"),
        (#"{"delegation": {"secret": "\#(secret)", "max_lifetime_secs": 60}}"#, "max_lifetime_secs, 60"),
    ])
    func `a configuration that can't sign is named`(settings: String, sentence: String) async throws {
        try await withCommand(settings) { roost in
            let result = try roost.run("token", "--host", "n", "--conversation", "c")
            #expect(result.code == 1 && result.output.isEmpty)
            #expect(result.errors.contains(sentence), "\(result.errors)")
        }
    }

    @Test func `a server believes the token until the command revokes it`() async throws {
        try await withCommand { roost in
            let server = try roost.start(["serve", "--port", "0", "--json"])
            defer { kill(server.process, SIGKILL) }
            let address = try await address(of: server)
            let client = HTTPClient()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                defer { group.cancelAll() }
                func post(_ path: String, _ body: JSONValue) async throws -> (HTTPStatus, [String: JSONValue]) {
                    let request = ClientRequest(
                        .post,
                        address + path,
                        headers: ["Content-Type": "application/json"],
                        body: Array(body.description.utf8)
                    )
                    let answer = try await client.collect(request, limit: 1 << 20)
                    return (answer.head.status, try json(String(decoding: answer.body, as: UTF8.self)))
                }
                let conversation = try #require(try await post("/v1/conversations", [:]).1["id"]?.stringValue)
                // The command's output goes where the server's did.
                let command = BuiltCommand(directory: roost.directory + "/other")
                try FileSystem.createDirectory(command.directory)
                let made = try json(
                    try command.run(
                        "token",
                        "--data",
                        roost.directory + "/data",
                        "--host",
                        "n",
                        "--conversation",
                        conversation,
                        "--collection",
                        "best-practices",
                        "--json"
                    ).output
                )
                let body: JSONValue = [
                    "conversation_id": .string(conversation), "delegation_token": made["token"] ?? .null,
                ]
                let opened = try await post("/v1/rag/sessions", body)
                #expect(opened.0 == .created)
                let prompts = "/v1/rag/sessions/\(opened.1["session_id"]?.stringValue ?? "")/prompts"
                #expect(try await post(prompts, ["prompt": "Hi"]).0 == .ok)
                let revoked = try command.run(
                    "token",
                    "--data",
                    roost.directory + "/data",
                    "--revoke",
                    made["jti"]?.stringValue ?? "",
                    "--json"
                )
                #expect(try json(revoked.output)["sessions_ended"] == 1, "\(revoked.errors)")
                #expect(try await post(prompts, ["prompt": "Hi"]).0 == .notFound)
                let refused = try await post("/v1/rag/sessions", body)
                #expect(refused.1["error"]?.objectValue?["code"] == "token_revoked")
            }
            #expect(try server.end(with: SIGTERM).code == 0)
        }
    }

    /// The suite's time limit is the bound.
    private func address(of server: BuiltCommand.Running) async throws -> String {
        while true {
            if let line = try? server.text(server.files.output), line.hasSuffix("\n") {
                return try #require(try json(line)["address"]?.stringValue)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension String {
    fileprivate var trimmedLine: String { String(prefix { $0 != "\n" }) }
}

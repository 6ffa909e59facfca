import ContextCore
import ContextEngine
import Runtime

/// Mints tokens for development, and takes delegations back.
///
/// `--host` is what makes a token a delegation.
struct TokenCommand: Command {
    static let syntax = CommandSyntax(
        name: "token",
        summary: "Mint a delegation token with the configured key, or revoke one.",
        options: [
            .value("host", "NAME", "Who may use the token."),
            .value("conversation", "ID", "The conversation that it opens."),
            .value("collection", "NAME", "A collection that it opens; may be given again for more."),
            .value("expires", "SECONDS", "Time for which it is valid (default: 3600)."),
            .value("revoke", "JTI", "Revoke the token of this id instead, and end its sessions."),
        ]
    )

    private enum Task {
        case mint(host: String, DelegationScope, seconds: Int)
        case revoke(String)
    }

    private let task: Task

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let seconds = try arguments.integer("expires", in: 1...DelegationConfiguration.longestLifetime)
        if let id = arguments.values["revoke"] {
            let other = ["host", "conversation", "collection", "expires"].first { arguments.values[$0] != nil }
            if let other { throw UsageError("--\(other) has no meaning beside --revoke.") }
            task = .revoke(id)
            return
        }
        let scope = DelegationScope(
            conversation: try Self.word("conversation", in: arguments),
            collections: arguments.repeated["collection"] ?? []
        )
        if let name = scope.collections.first(where: { !Self.isWord($0) }) {
            throw UsageError("--collection is “\(name)”: expected a name without spaces.")
        }
        task = .mint(host: try Self.name("host", in: arguments), scope, seconds: seconds ?? 3_600)
    }

    private static func name(_ option: String, in arguments: ParsedArguments) throws(UsageError) -> String {
        guard let text = arguments.values[option], !text.isEmpty else {
            throw UsageError(
                "--\(option) is missing. Usage: roost token --host NAME --conversation ID, or --revoke JTI."
            )
        }
        guard text.count <= 255 else {
            throw UsageError("--\(option) has \(text.count) characters: expected 255 at most.")
        }
        return text
    }

    private static func word(_ option: String, in arguments: ParsedArguments) throws(UsageError) -> String {
        let text = try name(option, in: arguments)
        guard isWord(text) else { throw UsageError("--\(option) is “\(text)”: expected an id without spaces.") }
        return text
    }

    /// What may stand in a scope, whose words have spaces between them (RFC 6749 section 3.3).
    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }

    func run(_ invocation: Invocation) async throws {
        switch task {
        case .mint(let host, let scope, let seconds): try mint(host, scope, seconds, invocation)
        case .revoke(let id): try await revoke(id, invocation)
        }
    }

    /// Needs the configuration alone: whether the conversation exists is seen when the token is used.
    private func mint(_ host: String, _ scope: DelegationScope, _ seconds: Int, _ invocation: Invocation) throws {
        let configuration = try invocation.configuration.delegationConfiguration
        guard let authority = DelegationAuthority(configuration) else {
            throw CommandFailure("no key is configured: set delegation.secret (32 bytes or more) or delegation.key.")
        }
        guard seconds <= configuration.maximumLifetime else {
            throw CommandFailure(
                "--expires is \(seconds), above delegation.max_lifetime_secs, \(configuration.maximumLifetime)."
            )
        }
        let (text, token) = try authority.issue(
            for: Principal.local.subject,
            to: host,
            scope,
            lasting: seconds,
            at: .now
        )
        if invocation.wantsJSON {
            try invocation.print(json: Minted(text, token, audience: configuration.audience))
        } else {
            try invocation.terminal.print(text)
            invocation.terminal.note("\(token.id) for \(host), until \(token.expiresAt.iso8601): \(scope.text)")
        }
    }

    /// Works on the store, whether a server runs or not: one that runs sees it with the next prompt.
    private func revoke(_ id: String, _ invocation: Invocation) async throws {
        let revocation = try await withRoost(existing: true, invocation.configuration, log: invocation.log) { roost in
            let caller = RequestContext(principal: roost.principal, now: .now, requestID: "roost token")
            return try await roost.engine.ragSessions.revoke(tokenID: id, caller)
        }
        if invocation.wantsJSON {
            try invocation.print(json: Revoked(jti: id, sessions: revocation.sessionsEnded))
        } else {
            try invocation.terminal.print(
                "\(id) is revoked; RAG sessions that it had open: \(revocation.sessionsEnded)."
            )
        }
    }
}

private struct Minted: Encodable {
    let token: String
    let jti: String
    let sub: String
    let host: String
    let aud: String
    let scope: String
    let expires: String

    init(_ text: String, _ token: DelegationToken, audience: String) {
        self.token = text
        jti = token.id
        sub = token.subject
        host = token.host
        aud = audience
        scope = token.scope.text
        expires = token.expiresAt.iso8601
    }

    private enum CodingKeys: String, CodingKey {
        case token, jti, sub, host, aud, scope
        case expires = "expires_at"
    }
}

private struct Revoked: Encodable {
    let jti: String
    let sessions: Int

    private enum CodingKeys: String, CodingKey {
        case jti
        case sessions = "sessions_ended"
    }
}

import ContextCore
import Retrieval
import Testing

@testable import ContextEngine

@Suite struct GapQueryTests {
    @Test(
        arguments: [
            (
                "Missing specific systemd service configuration", ["NixOS"],
                "NixOS systemd service configuration examples"
            ),
            ("Unclear how to handle retries.", ["kafka"], "kafka handle retries"),
            ("nixos flake syntax", ["NixOS"], "nixos flake syntax examples"),
            ("No example of the configuration given", [], "example configuration"),
            ("What is missing?", ["NixOS"], nil), ("", ["NixOS"], nil), ("...", [], nil),
            ("Не хватает примеров", ["NixOS"], "NixOS Не хватает примеров"),
        ] as [(String, [String], String?)]
    )
    func `a gap becomes a query`(gap: String, subject: [String], query: String?) {
        #expect(GapQuery.query(for: gap, subject: subject) == query)
    }

    @Test(
        arguments: [
            ("How do I run a service on NixOS?", ["run", "NixOS", "service"], ["NixOS"]),
            ("how to run a service on nixos", ["run", "nixos", "service"], ["service", "nixos"]),
            (
                "Configure PostgreSQL replication with SSL", ["replication", "SSL", "PostgreSQL"],
                ["PostgreSQL", "SSL"]
            ),
            ("Timeouts in tokio", ["Timeouts", "tokio"], ["Timeouts", "tokio"]), ("how do I do it", [], []),
            ("run it", ["run"], []), ("Service on NixOS", ["OS", "Nix", "Service"], ["NixOS"]),
            ("server-sent events behind nginx", ["sent", "nginx", "events"], ["events", "nginx"]),
            ("服务配置", ["服务", "配置"], ["服务", "配置"]),
        ]
    )
    func `the subject of a query is its names, else what it is about`(query: String, terms: [String], subject: [String])
    {
        #expect(GapQuery.subject(of: query, distinctive: terms) == subject)
    }

    @Test(arguments: ["How do I run a service on NixOS?", "NixOS: running a service", "Service on NixOS"])
    func `the contract's example comes out of a session word for word`(question: String) async throws {
        let engine = try await openEngine()
        try await engine.fill(
            "error-solutions",
            [
                solution("a", "A service does not run", "Run it by hand and read what the service says."),
                solution("b", "NixOS service is not found", "Declare the NixOS service in the configuration."),
                solution("c", "Running out of memory", "Run fewer jobs at once."),
                solution(
                    "d",
                    "A systemd unit on NixOS is not written",
                    "Set systemd.services in configuration.nix for the service."
                ),
                solution(
                    "e",
                    "Examples of a systemd service configuration for NixOS",
                    "Copy the NixOS systemd service configuration examples."
                ),
            ]
        )
        let turn = try await engine.pull(ContextRequest(question, maxTokens: 40))
        let report = FeedbackRequest(
            sessionID: turn.sessionID,
            response: "I think so.",
            confidence: 0.5,
            gaps: ["Missing specific systemd service configuration"]
        )
        let evaluation = try await engine.sessions.evaluate(report, caller())
        #expect(evaluation.suggestedQueries == ["NixOS systemd service configuration examples"])
        #expect(evaluation.shouldRefine)
    }
}

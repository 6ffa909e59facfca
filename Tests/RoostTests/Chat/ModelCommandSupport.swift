import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@testable import roost

/// Lends the command over two notes, on keywords alone.
func withNotes(_ body: @Sendable (BuiltCommand) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
        var roost = BuiltCommand(directory: directory)
        roost.variables["ROOST_VECTOR_SEARCH_ENABLED"] = "false"
        let notes = """
            {"fields":{"title":"Trains","text":"The train to Bremen leaves at nine."}}
            {"fields":{"title":"Night trains","text":"Night trains leave for Basel at ten."}}

            """
        try write(notes, to: directory + "/notes.jsonl")
        let imported = try await roost.call(
            "import",
            directory + "/notes.jsonl",
            "--collection",
            "files",
            "--kind",
            "text"
        )
        #expect(imported.code == 0, "\(imported.errors)")
        try await body(roost)
    }
}

/// The same with a provider, whose models are `small` (preferred) and `large`.
func withModel(_ body: @Sendable (BuiltCommand, FakeModel) async throws -> Void) async throws {
    try await FakeModel.run { model, base in
        try await withNotes { roost in
            var roost = roost
            roost.variables.merge([
                "ROOST_LLM_PROVIDER": "openai", "ROOST_LLM_ENDPOINT": base, "ROOST_LLM_MODEL": "small",
                "ROOST_LLM_API_KEY": "sk-secret", "ROOST_LLM_RETRY_ATTEMPTS": "0",
            ]) { $1 }
            try await body(roost, model)
        }
    }
}

extension BuiltCommand.Result {
    /// Standard error without what every command says while there are no vectors.
    var complaints: String {
        errors.split(separator: "\n").filter { !$0.hasPrefix("Note: vector_search.enabled") }.joined(separator: "\n")
    }

    /// Each line of the output.
    var json: [JSONValue] {
        output.split(separator: "\n").compactMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }

    /// The lines of `chat --json`.
    var events: [(event: String, data: JSONValue)] {
        json.compactMap { line in
            guard let event = line.objectValue?["event"]?.stringValue, let data = line.objectValue?["data"] else {
                return nil
            }
            return (event, data)
        }
    }
}

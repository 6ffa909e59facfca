import ContextCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import roost

/// `ask`, `status` and `embed` as built, with a provider behind them.
@Suite(.timeLimit(.minutes(5))) struct ModelCommandTests {
    @Test func `an answer's citations count by their first use and stand below it`() async throws {
        try await withModel { roost, model in
            let result = try await roost.call("ask", "When", "do trains leave?")
            #expect(result.code == 0 && result.complaints.isEmpty, "\(result.errors)")
            let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.prefix(2) == ["I am small, asked: When do trains leave? [1], [2].", ""])
            #expect(
                lines.dropFirst(2).first?.hasPrefix("[1] ") == true
                    && lines.dropFirst(3).first?.hasPrefix("[2] ") == true
            )
            #expect(!result.output.contains("No language model"))
            #expect(model.requests.first?.messages.first?.contains("Never invent a source.") == true)
        }
    }

    @Test func `another model answers when it is named, and JSON tells everything`() async throws {
        try await withModel { roost, _ in
            let result = try await roost.call("ask", "trains?", "--model", "large", "--collection", "files", "--json")
            let json = try #require(result.json.first?.objectValue)
            #expect(json["model"] == "openai:large" && json["note"] == nil)
            #expect(json["answer"] == "I am large, asked: trains? [2], [1].")
            #expect(json["usage"]?.objectValue?["prompt_tokens"] == 100 && json["finish_reason"] == "stop")
            guard case .array(let citations)? = json["citations"] else { Issue.record("no citations"); return }
            #expect(citations.compactMap { $0.objectValue?["number"] } == [1, 2])
            #expect(json["context"]?.objectValue?["manifest_id"]?.stringValue?.hasPrefix("mf_") == true)
        }
    }

    @Test(arguments: ["refuse", "break"]) func `a provider that fails is quoted without the key`(question: String)
        async throws
    {
        try await withModel { roost, _ in
            let result = try await roost.call("ask", question)
            #expect(
                result.code == 1 && result.complaints.hasPrefix("roost: The model's provider failed. openai:small: ")
            )
            #expect(!result.errors.contains("sk-secret"), "\(result.errors)")
            #expect(result.output == (question == "break" ? "I am \n" : ""))
        }
    }

    @Test func `a reader who leaves in the middle of an answer ends it`() async throws {
        try await withModel { roost, _ in
            var ends: [CInt] = [0, 0]
            try #require(pipe(&ends) == 0)
            close(ends[0])
            defer { close(ends[1]) }
            for words in [["ask", "please hold"], ["chat"]] {
                let left = try await roost.call(words, input: "please hold\n", output: ends[1])
                #expect(left.code == 128 + SIGPIPE && left.complaints.isEmpty, "\(words): \(left.errors)")
            }
        }
    }

    @Test func `without a provider the sentences say that they are quoted, as JSON too`() async throws {
        try await withNotes { roost in
            let json = try #require(
                await roost.call("ask", "When does the train to Bremen leave?", "--json").json.first?.objectValue
            )
            #expect(json["answer"] == "The train to Bremen leaves at nine. [1]")
            #expect(json["model"] == "extractive:extractive")
            #expect(json["note"]?.stringValue?.hasPrefix("No language model is configured") == true)
            let named = try await roost.call("ask", "giraffes and zebras?", "--model", "gpt-4o")
            #expect(named.output.hasPrefix("Sorry, nothing here answers that."), "\(named.output)")
            #expect(named.errors.contains("no provider is configured that could have a model “gpt-4o”"))
        }
    }

    @Test func `status asks every provider, in its own words, and never shows a key`() async throws {
        try await withModel { roost, _ in
            var roost = roost
            let result = try await roost.call("status")
            #expect(result.code == 0)
            #expect(result.output.contains("model       openai:small at http://127.0.0.1:"), "\(result.output)")
            #expect(
                result.output.contains(", ok, ")
                    && result.output.contains("store       \(roost.directory)/data/roost.db, ")
            )

            roost.variables["ROOST_LLM_MODEL"] = "huge"
            roost.variables["ROOST_LLM_FALLBACK_MODEL"] =
                #"{"provider":"ollama","model":"llama","endpoint":"http://me:sk-secret@127.0.0.1:9","api_key":"sk-other"}"#
            let broken = try await roost.call("status")
            #expect(broken.code == 0)
            #expect(broken.output.contains("failed, ") && broken.output.contains(": it has no model “huge”"))
            #expect(
                broken.output.contains("fallback    ollama:llama at http://127.0.0.1:9, failed, "),
                "\(broken.output)"
            )
            #expect(!broken.output.contains("sk-secret") && !broken.output.contains("sk-other"))

            let json = try #require(await roost.call("status", "--json").json.first?.objectValue)
            guard case .array(let models)? = json["models"] else { Issue.record("no models"); return }
            #expect(models.map { $0.objectValue?["status"] } == ["failed", "failed"])
            #expect(models.map { $0.objectValue?["fallback"] } == [false, true])
        }
    }

    @Test(InstalledModel.isThere) func `embed writes a line of JSON a text, of words and of lines`() async throws {
        try await withTemporaryDirectory { directory in
            var roost = BuiltCommand(directory: directory)
            roost.variables["ROOST_EMBEDDINGS_MODEL_PATH"] = InstalledModel.folder
            let words = try await roost.call("embed", "one two", "three").json.compactMap(\.objectValue)
            #expect(words.map { $0["text"] } == ["one two", "three"])
            #expect(words.map { $0["dimensions"] } == [384, 384] && words.map { $0["tokenCount"] } == [2, 1])
            guard case .array(let numbers)? = words.first?["embedding"] else { Issue.record("no vector"); return }
            #expect(numbers.count == 384)
            let lines = try await roost.call(["embed", "-"], input: "one two\nthree").json.compactMap(\.objectValue)
            #expect(lines.map { $0["text"] } == words.map { $0["text"] })
            let blank = try await roost.call(["embed", "-"], input: "one\n \nthree\n")
            #expect(blank.code == 1 && blank.json.count == 1)
            #expect(blank.errors.contains("line 2 of standard input is blank"))
            #expect(!FileSystem.exists(directory + "/data/roost.db"))
            let typed = try TypedCommand(roost, ["embed", "one two"])
            try await typed.wait(for: "384 numbers, 2 tokens, 1 window")
            #expect(await typed.end() == 0)
        }
    }

    @Test func `where no embedder is there, embed says why`() async throws {
        try await withNotes { roost in
            let result = try await roost.call("embed", "x")
            #expect(result.code == 1 && result.errors.contains("vector_search.enabled is false"))
        }
    }
}

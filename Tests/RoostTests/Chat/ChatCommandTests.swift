import ContextCore
import FoundationEssentials
import TestSupport
import Testing

@testable import roost

/// The built command with a provider behind it.
@Suite(.timeLimit(.minutes(5))) struct ChatCommandTests {
    @Test func `every line is a message, and only answers are printed`() async throws {
        try await withModel { roost, model in
            let result = try await roost.call(["chat"], input: "When do trains leave?\n\nAnd buses?\n")
            #expect(result.code == 0 && result.complaints.isEmpty, "\(result.errors)")
            #expect(
                result.output == """
                    I am small, asked: When do trains leave? [2], [1].
                    I am small, asked: And buses? [2], [1].

                    """
            )
            #expect(model.requests.count == 2)
            let roles = model.requests[1].messages.map { String($0.prefix { $0 != ":" }) }
            #expect(roles == ["system", "user", "assistant", "user"])
            #expect(model.requests[0].question.contains("The train to Bremen leaves at nine."))
        }
    }

    @Test func `orders switch the model, show what was said and given, and change the conversation`() async throws {
        try await withModel { roost, model in
            let first = """
                /models
                /model large
                When do trains leave?
                /context
                /history
                /new
                /history
                /system Speak like a sailor.
                /system
                Where do ships go?
                /list
                /open 2
                /open 1
                Still there?
                /context
                /help
                /quit
                never sent
                """
            let result = try await roost.call(["chat"], input: first)
            #expect(result.code == 0, "\(result.errors)")
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(
                lines.prefix(3) == [
                    "openai:small", "openai:large", "I am large, asked: When do trains leave? [2], [1].",
                ]
            )
            for expected in [
                "model     openai:large", "reported  tokens: 100 of the prompt, 9 of the answer",
                "messages  none before the question", "You", "When do trains leave?", "openai:large",
                "Nothing was said yet.",
                "Speak like a sailor.", "  1  Where do ships go?", "  2  When do trains leave?",
                "messages  2 word for word", "I am large, asked: Still there? [2], [1].",
            ] { #expect(lines.contains(expected), "\(expected) is missing in \(result.output)") }
            #expect(lines.contains { $0.hasPrefix("cached    0 predicted, 64 reported") })
            #expect(lines.contains { $0.hasPrefix("cached    ") && !$0.contains(" 0 predicted") })
            #expect(lines.contains { $0.hasPrefix("tokens    ") && $0.contains("passages") })
            #expect(lines.contains { $0.contains("[1]  ") && $0.contains("Trains") && $0.hasSuffix("(files)") })
            #expect(lines.contains { $0.contains("/system [TEXT]") })
            #expect(model.requests.map(\.model) == ["large", "large", "large"])
            #expect(model.requests[2].messages.first?.hasSuffix("Speak like a sailor.") == true)
            #expect(!result.output.contains("never sent"))
        }
    }

    @Test func `a conversation goes on in another process, with another model`() async throws {
        try await withModel { roost, model in
            let begun = try await roost.call(["chat", "--json"], input: "One\n").events
            let id = try #require(begun.first?.data.objectValue?["id"]?.stringValue)
            #expect(
                begun.map(\.event) == ["conversation", "context", "delta", "delta", "delta", "delta", "delta", "done"]
            )
            let again = try await roost.call(["chat", "--conversation", id, "--model", "large"], input: "Two\n")
            #expect(again.output == "I am large, asked: Two [2], [1].\n")
            #expect(model.requests[1].messages.contains("user: One"))
        }
    }

    @Test func `with JSON every line is an event, an error too`() async throws {
        try await withModel { roost, _ in
            let result = try await roost.call(
                ["chat", "--json", "--collection", "files"],
                input: "A\n/models\n/history\nrefuse\nB\n"
            )
            #expect(result.code == 1 && result.complaints.isEmpty, "\(result.errors)")
            let events = result.events
            let done = try #require(events.first { $0.event == "done" }?.data.objectValue)
            #expect(done["message"]?.objectValue?["content"] == "I am small, asked: A [2], [1].")
            #expect(done["usage"]?.objectValue?["cached_tokens"] == 64)
            #expect(events.first { $0.event == "models" }?.data == ["openai:small"])
            let error = try #require(events.last)
            #expect(error.event == "error")
            let content = error.data.objectValue?["error"]?.objectValue
            #expect(content?["code"] == "provider_failed")
            #expect(content?["message"]?.stringValue?.contains("sk-secret") == false)
        }
    }

    @Test(arguments: ["/modl", "/open c_nowhere", "/open", "refuse", "break"])
    func `where nobody types the first failure is the end`(line: String) async throws {
        try await withModel { roost, model in
            let result = try await roost.call(["chat"], input: line + "\nnever sent\n")
            #expect(result.code == 1 && result.complaints.hasPrefix("roost: "), "\(result.errors)")
            #expect(!model.requests.contains { $0.question.hasSuffix("never sent") })
        }
    }

    @Test func `what is no text is refused by its line`() async throws {
        try await withModel { roost, _ in
            let long = String(repeating: "x", count: 32_001)
            let result = try await roost.call(["chat"], input: long + "\n")
            #expect(
                result.code == 1 && result.errors.contains("content has 32001 characters (max: 32000)"),
                "\(result.errors)"
            )
        }
    }

    @Test func `without a provider the best sentences answer, and a model's name has no effect`() async throws {
        try await withNotes { roost in
            let result = try await roost.call(["chat"], input: "/model gpt-4o\nWhen does the train to Bremen leave?\n")
            #expect(result.code == 0)
            #expect(
                result.output.hasPrefix("extractive:extractive\nThe train to Bremen leaves at nine. [1]\n"),
                "\(result.output)"
            )
            #expect(result.errors.contains("No provider is configured that could have a model “gpt-4o”"))
        }
    }

    @Test func `a person sees a prompt, stops an answer with Ctrl-C, and ends with a second one`() async throws {
        try await withModel { roost, model in
            let chat = try TypedCommand(roost, ["chat"])
            try await chat.wait(for: "openai:small. /help shows what else can be said")
            try await chat.wait(for: "> ")
            chat.type("half a li\u{3}")
            try await chat.wait(for: "Ctrl-C again ends")
            chat.type("please hold\n")
            try await chat.wait(for: "I am ")
            chat.type("\u{3}")
            try await chat.wait(for: "Stopped; what was said is kept.")
            chat.type("/history\n")
            try await chat.wait(for: "openai:small (interrupted)")
            try await chat.wait(for: "I am")
            chat.type("hold\n")
            try await chat.wait(for: "I am ")
            chat.type("\u{3}")
            try await chat.wait(for: "Stopped")
            chat.type("\u{3}")
            try await chat.wait(for: "roost: stopped")
            #expect(await chat.end() == 130)
            #expect(model.requests.count == 2)
        }
    }

    @Test func `a person who fails is told and goes on, citations stand below, Ctrl-D ends`() async throws {
        try await withModel { roost, _ in
            let chat = try TypedCommand(roost, ["chat"])
            chat.type(String(repeating: "x", count: 5_000) + "\n")
            try await chat.wait(for: "the end of this one is lost and it was not sent")
            chat.type("refuse\n")
            try await chat.wait(for: "roost: The model's provider failed.")
            chat.type("Which trains?\n")
            try await chat.wait(for: "asked: Which trains? [2], [1].")
            try await chat.wait(for: "[1] ")
            chat.type("\u{4}")
            try await chat.wait(for: "To go on: roost chat --conversation c_")
            #expect(await chat.end() == 0)
        }
    }

    @Test func `NO_COLOR keeps colours away from a terminal`() async throws {
        for (variables, isColoured) in [([:], true), (["NO_COLOR": "1"], false)] {
            try await withModel { roost, _ in
                var roost = roost
                roost.variables.merge(variables) { $1 }
                let chat = try TypedCommand(roost, ["chat"])
                chat.type("Which trains?\n\u{4}")
                let shown = try await chat.wait(for: "To go on")
                #expect(shown.contains("\u{1B}[2m") == isColoured)
                _ = await chat.end()
            }
        }
    }
}

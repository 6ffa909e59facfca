import ContextCore
import TestSupport
import Testing

@testable import ContextEngine

struct DelegationScopeTests {
    @Test(
        arguments: [
            ("conversation:c_1", "c_1", []), ("collection:a conversation:c_1 collection:b", "c_1", ["a", "b"]),
            ("  conversation:c_1   collection:a  collection:a ", "c_1", ["a"]),
            ("conversation:c_1 conversation:c_1", "c_1", []), ("conversation:a:b collection::", "a:b", [":"]),
        ] as [(String, String, [String])]
    )
    func `words say what is open`(text: String, conversation: String, collections: [String]) throws {
        let scope = try DelegationScope(text)
        #expect(scope.conversation == conversation && scope.collections == collections)
        #expect(try DelegationScope(scope.text) == scope)
    }

    @Test(arguments: [
        "", " ", "conversation", "conversation:", "collection:a", "c_1", "conversation:c_1 everything",
        "conversation:c_1 collection:", "conversation:c_1 conversation:c_2", "Conversation:c_1",
        "conversation:c_1,collection:a b", "conversation:c_1\tadmin x",
    ])
    func `what means nothing opens nothing`(text: String) {
        #expect { try DelegationScope(text) } throws: { ($0 as? ContextError)?.kind == .tokenScope }
    }

    @Test func `any text is read or refused, and what is read opens what its words say`() {
        var generator = SeededGenerator(seed: 3)
        let words = [
            "conversation:c", "collection:a", "collection:b", "conversation:d", "x", ":", "", " ", "collection:",
        ]
        for _ in 0..<2_000 {
            let text = (0..<generator.below(5)).map { _ in generator.pick(words) }.joined(separator: " ")
            guard let scope = try? DelegationScope(text) else { continue }
            #expect(text.contains("conversation:\(scope.conversation)"))
            #expect(scope.collections.allSatisfy { text.contains("collection:\($0)") })
        }
    }
}

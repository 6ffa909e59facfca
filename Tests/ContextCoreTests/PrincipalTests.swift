import ContextCore
import Testing

struct PrincipalTests {
    private let here = Scope.local
    private let elsewhere = Scope(path: "elsewhere")

    private func grant(_ collections: Set<Int64>, _ conversations: Set<String> = []) -> Grant {
        Grant(collections: collections, conversations: conversations)
    }

    @Test func `a principal in person reads everything of his scopes, and nothing of others`() throws {
        let other = try #require(elsewhere)
        let principal = Principal.local
        #expect(principal.canRead(here) && !principal.canRead(other))
        #expect(principal.canRead(here, ofCollection: 7) && !principal.canRead(other, ofCollection: 7))
        #expect(principal.canRead(here, ofConversation: "c") && !principal.canRead(other, ofConversation: "c"))
    }

    @Test func `a narrowed principal reads what was granted, within his scopes, and no scope as a whole`() throws {
        let other = try #require(elsewhere)
        let narrow = Principal.local.narrowed(to: grant([1, 2], ["c"]))
        #expect(!narrow.canRead(here))
        #expect(narrow.canRead(here, ofCollection: 1) && !narrow.canRead(here, ofCollection: 3))
        #expect(narrow.canRead(here, ofConversation: "c") && !narrow.canRead(here, ofConversation: "d"))
        #expect(!narrow.canRead(other, ofCollection: 1) && !narrow.canRead(other, ofConversation: "c"))
        #expect(narrow != .local && narrow.subject == Principal.local.subject)
    }

    @Test func `narrowing again never widens, and a move keeps the grant`() throws {
        let narrow = Principal.local.narrowed(to: grant([1, 2], ["c"]))
        let again = narrow.narrowed(to: grant([2, 3], ["c", "d"]))
        #expect(again.grant == grant([2], ["c"]))
        let inner = try #require(Scope(path: "local/session"))
        #expect(again.moved(to: inner).grant == again.grant && again.moved(to: inner).home == inner)
    }

    @Test func `nothing is open to an empty grant`() {
        let nobody = Principal.local.narrowed(to: grant([]))
        #expect(!nobody.canRead(here, ofCollection: 0) && !nobody.canRead(here, ofConversation: ""))
    }
}

import ContextCore
import Testing

@Suite struct ScopeTests {
    @Test(arguments: [[], [""], ["a", ""], ["a/b"], ["a", "b", "c", "d", "e"], ["line\nbreak"]])
    func `a path with no, empty, slashed or too many components is no scope`(components: [String]) {
        #expect(Scope(components) == nil)
    }

    @Test func `a scope contains itself and what lies inside, compared by component and not by letter`() throws {
        let site = try #require(Scope(["acme", "site"]))
        #expect(site.contains(site))
        #expect(site.contains(try #require(Scope(path: "acme/site/ada"))))
        #expect(!site.contains(try #require(Scope(path: "acme/site2"))))
        #expect(!site.contains(try #require(Scope(path: "acme"))))
    }

    @Test func `a principal reads only inside the scopes it holds`() throws {
        let site = try #require(Scope(["acme", "site"]))
        let ada = Principal(subject: "ada", home: site, readable: [site])
        #expect(ada.canRead(site))
        #expect(!ada.canRead(.local))
    }
}

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

    @Test(
        arguments: [
            ("acme", "acme", 0), ("acme", "acme/site", 1), ("acme/site/ada", "acme/site", 1),
            ("acme/site", "acme/shop", 2),
            ("acme/site/ada", "other", 4),
        ]
    )
    func `the distance of two scopes is the way in their tree`(left: String, right: String, steps: Int) throws {
        let (left, right) = (try #require(Scope(path: left)), try #require(Scope(path: right)))
        #expect(left.distance(to: right) == steps)
        #expect(right.distance(to: left) == steps)
    }

    @Test(arguments: ["", "/", "a/", "/a", "a//b", "a/b/c/d/e", "a\u{7F}"])
    func `what is no path is refused`(path: String) {
        #expect(Scope(path: path) == nil)
    }
}

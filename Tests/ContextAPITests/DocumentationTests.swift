import FoundationEssentials
import HTTP
import Testing

@Suite struct DocumentationTests {
    @Test func `the page of the documentation has a row for every route, and for no other`() async throws {
        try await withRoost(embedder: nil) { roost in
            let routes = roost.router.routes
            let known = Set(routes.map { "\($0.method.rawValue) \($0.pattern)" })
            let page = URL(filePath: #filePath).appending(path: "../../../docs/api.md").standardized
            let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
            let rows = lines.filter { $0.hasPrefix("| `") }
            let documented = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
            #expect(Set(documented.filter { $0.contains(" /") }) == known)
        }
    }
}

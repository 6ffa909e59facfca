import HTTP
import Testing

@Suite struct RouterTests {
    private func answer(_ router: Router<Void>, _ method: HTTPMethod, _ target: String) async throws -> String {
        let response = try await router.respond(to: HTTPRequest(method, target), ())
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private var router: Router<Void> {
        var router = Router<Void>()
        router.get("/") { _, _ in .text("root") }
        router.get("/session/{id}") { request, _ in .text("session \(request.parameters["id"] ?? "")") }
        router.get("/session/new") { _, _ in .text("new") }
        router.get("/{kind}/new") { request, _ in .text("any \(request.parameters["kind"] ?? "")") }
        router.delete("/session/{id}") { _, _ in .text("deleted") }
        router.get("/session/{id}/messages/{number}") { request, _ in
            .text(request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        return router
    }

    @Test(arguments: [
        ("/", "root"), ("/?q=1", "root"), ("/session/42", "session 42"), ("/session/new", "new"),
        ("/session/n%65w", "new"), ("/other/new", "any other"), ("/session/a%2Fb", "session a/b"),
        ("/session/%C3%A9?x", "session é"), ("/session/..", "session .."),
        ("/session/1/messages/2", "id=1 number=2"), ("http://host:80/session/7#x", "session 7"),
        ("http://host", "root"),
    ])
    func `a path finds its route`(target: String, text: String) async throws {
        #expect(try await answer(router, .get, target) == text)
    }

    @Test(arguments: [
        ("/nothing", 404), ("/session", 404), ("/session/", 404), ("/session/1/", 404), ("//", 404), ("*", 404),
        ("/a/../session/1", 404), ("/session/%", 400), ("/session/%4", 400), ("/session/%zz", 400),
        ("/session/%FF", 400), ("/session/%00", 400), ("/session/%C0%AF", 400),
        ("/session/1?a=%", 400), ("/session/1?%zz=1", 400), ("/session/1?a=1&b=%FF", 400), ("/session/1?%00", 400),
        ("/nothing?a=%", 404),
    ])
    func `a path without a route is unknown, and what can't be decoded is bad`(target: String, status: Int) async {
        let error = await #expect(throws: HTTPError.self) { try await answer(router, .get, target) }
        #expect(error?.status.rawValue == status)
    }

    @Test func `a known path with another method says which it takes, and HEAD goes with GET`() async throws {
        let error = await #expect(throws: HTTPError.self) { try await answer(router, .post, "/session/1") }
        #expect(error?.status == .methodNotAllowed)
        #expect(error?.headers["Allow"] == "DELETE, GET, HEAD")
        #expect(try await answer(router, .delete, "/session/1") == "deleted")
        #expect(try await answer(router, .head, "/session/1") == "session 1")
    }

    @Test func `a mounted router's handlers get the context that was made for the request, or none runs`() async throws
    {
        struct Denied: Error {}
        var guarded = Router<String>()
        guarded.get("/me") { _, name in .text("I am \(name)") }
        var router = Router<Void>()
        router.mount(guarded) { request, _ in
            guard let name = request.headers["authorization"] else { throw Denied() }
            return name
        }
        let request = HTTPRequest(.get, "/me", headers: ["Authorization": "ada"])
        let response = try await router.respond(to: request, ())
        guard case .bytes(let bytes) = response.body else { return }
        #expect(String(decoding: bytes, as: UTF8.self) == "I am ada")
        await #expect(throws: Denied.self) { try await answer(router, .get, "/me") }
    }
}

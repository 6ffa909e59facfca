/// One table of routes: method and path on the left, a handler on the right.
///
///     var guarded = Router<Principal>()
///     guarded.get("/session/{id}") { request, principal in … }
///     var router = Router<Void>()
///     router.get("/health", runs: .onLoop) { _, _ in .text("ok") }
///     router.mount(guarded) { request, _ in try await authenticate(request) }
///
/// The context is what a handler knows about the request besides the request; a handler that needs a principal can't be
/// reached without one. Unknown paths get 404, known paths with another method 405 and `Allow`, HEAD is answered by GET
/// (the server drops the body), and a path or a query that can't be decoded is 400. Among patterns that fit, the one with a
/// literal where the other has a parameter wins, from left to right.
package struct Router<Context: Sendable>: Sendable {
    package typealias Handler = @Sendable (HTTPRequest, Context) async throws -> HTTPResponse

    package struct Route: Sendable {
        package let method: HTTPMethod
        package let pattern: PathPattern
        package let placement: HandlerPlacement
        package let handler: Handler
    }

    package private(set) var routes: [Route] = []
    private var literals: [String: [HTTPMethod: Int]] = [:]
    private var patterns: [(pattern: PathPattern, methods: [HTTPMethod: Int])] = []

    package init() {}

    package mutating func on(
        _ method: HTTPMethod,
        _ pattern: PathPattern,
        runs placement: HandlerPlacement = .onPool,
        _ handler: @escaping Handler
    ) {
        routes.append(Route(method: method, pattern: pattern, placement: placement, handler: handler))
        let index = routes.count - 1
        let isNew: Bool
        if pattern.isLiteral {
            isNew = literals[pattern.description, default: [:]].updateValue(index, forKey: method) == nil
        } else {
            isNew = insert(pattern, method, index)
        }
        // Two handlers for one request are a mistake of the program, found by the first test that makes the router.
        precondition(isNew, "\(method) \(pattern) has two routes")
    }

    /// Takes over all routes of a router whose handlers need more: `context` makes it for each request.
    package mutating func mount<Child>(
        _ router: Router<Child>,
        context: @escaping @Sendable (HTTPRequest, Context) async throws -> Child
    ) {
        for route in router.routes {
            on(route.method, route.pattern, runs: route.placement) { [handler = route.handler] request, parent in
                try await handler(request, context(request, parent))
            }
        }
    }

    /// Finds the route and fills in the request's parameters.
    package func route(_ request: inout HTTPRequest) throws(HTTPError) -> Route {
        let (methods, parameters) = try match(request.target)
        guard request.target.queryItems != nil else { throw .badQuery(request.target.query ?? "") }
        request.parameters = parameters
        if let index = methods[request.method] { return routes[index] }
        if request.method == .head, let index = methods[.get] { return routes[index] }
        throw .methodNotAllowed(request, allowed: Set(methods.keys))
    }

    /// Answers a request without a server.
    package func respond(to request: HTTPRequest, _ context: Context) async throws -> HTTPResponse {
        var request = request
        return try await route(&request).handler(request, context)
    }

    private func match(_ target: RequestTarget) throws(HTTPError) -> ([HTTPMethod: Int], [String: String]) {
        if let methods = literals[target.path] { return (methods, [:]) }
        guard let segments = target.segments else { throw .badPath(target.path) }
        if target.path.utf8.contains(0x25), !segments.contains(where: { $0.contains("/") }),
            let methods = literals["/" + segments.joined(separator: "/")]
        {
            return (methods, [:])
        }
        for (pattern, methods) in patterns {
            if let parameters = pattern.match(segments) { return (methods, parameters) }
        }
        throw .routeNotFound(target.path)
    }

    private mutating func insert(_ pattern: PathPattern, _ method: HTTPMethod, _ index: Int) -> Bool {
        if let known = patterns.firstIndex(where: { $0.pattern == pattern }) {
            return patterns[known].methods.updateValue(index, forKey: method) == nil
        }
        // The same shape with other names would be reached by some methods only.
        guard !patterns.contains(where: { $0.pattern.shape == pattern.shape }) else { return false }
        let position = patterns.firstIndex { pattern.isMoreSpecific(than: $0.pattern) } ?? patterns.count
        patterns.insert((pattern, [method: index]), at: position)
        return true
    }
}

extension Router {
    package mutating func get(_ pattern: PathPattern, runs: HandlerPlacement = .onPool, _ handler: @escaping Handler) {
        on(.get, pattern, runs: runs, handler)
    }

    package mutating func post(_ pattern: PathPattern, runs: HandlerPlacement = .onPool, _ handler: @escaping Handler) {
        on(.post, pattern, runs: runs, handler)
    }

    package mutating func put(_ pattern: PathPattern, runs: HandlerPlacement = .onPool, _ handler: @escaping Handler) {
        on(.put, pattern, runs: runs, handler)
    }

    package mutating func patch(_ pattern: PathPattern, runs: HandlerPlacement = .onPool, _ handler: @escaping Handler)
    {
        on(.patch, pattern, runs: runs, handler)
    }

    package mutating func delete(_ pattern: PathPattern, runs: HandlerPlacement = .onPool, _ handler: @escaping Handler)
    {
        on(.delete, pattern, runs: runs, handler)
    }
}

/// Where a handler runs.
///
/// The hop to Swift's pool and back costs more than all of HTTP (about 6 µs of 14), so a handler that only looks something up
/// should stay where its bytes are. But an I/O loop serves many connections: while a handler computes there, none of
/// them moves. Hence the pool unless the route says that its handler is short.
package enum HandlerPlacement: Sendable {
    /// On Swift's own threads: right for everything that computes, waits or calls others.
    case onPool
    /// On the connection's I/O loop: for handlers that are done within some ten microseconds.
    case onLoop
}

extension HTTPError {
    static func routeNotFound(_ path: String) -> HTTPError {
        HTTPError(.notFound, code: "route_not_found", "There is nothing at \(path).")
    }

    static func badPath(_ path: String) -> HTTPError {
        HTTPError(.badRequest, code: "bad_path", "The path \(path) is not percent-encoded UTF-8.")
    }

    static func badQuery(_ query: String) -> HTTPError {
        HTTPError(.badRequest, code: "bad_query", "The query \(query.prefix(200)) is not percent-encoded UTF-8.")
    }

    static func methodNotAllowed(_ request: HTTPRequest, allowed: Set<HTTPMethod>) -> HTTPError {
        let allowed = allowed.contains(.get) ? allowed.union([.head]) : allowed
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return HTTPError(
            .methodNotAllowed,
            code: "method_not_allowed",
            "\(request.path) takes \(list), not \(request.method).",
            headers: ["Allow": list]
        )
    }
}

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What of HTTP the server's routes need.
enum HTTPMethod: String { case get = "GET", post = "POST", delete = "DELETE" }

extension RoostClient {
    /// One request with its one answer, made again as ``RetryPolicy`` says.
    ///
    /// - Throws: ``RoostError``, `CancellationError`.
    func call<Answer: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        _ body: (some Encodable)? = Data?.none,
        query: [URLQueryItem] = [],
        as: Answer.Type
    ) async throws -> Answer {
        let request = try request(method, path, body, query: query)
        return try await options.retry.run { [request] in
            let (data, response) = try await Self.send(request)
            guard let response = response as? HTTPURLResponse else { throw RoostError.unexpectedAnswer("no HTTP") }
            guard (200..<300).contains(response.statusCode) else {
                throw RoostError.refused(RoostError.Refusal(data, response))
            }
            do {
                return try JSONDecoder.roost.decode(Answer.self, from: data)
            } catch {
                throw RoostError.unexpectedAnswer(String(decoding: data.prefix(200), as: UTF8.self))
            }
        }
    }

    func request(
        _ method: HTTPMethod,
        _ path: String,
        _ body: (some Encodable)?,
        query: [URLQueryItem] = []
    ) throws -> URLRequest {
        var url = server.appending(path: path)
        if !query.isEmpty { url.append(queryItems: query) }
        var request = URLRequest(url: url, timeoutInterval: options.timeout.seconds)
        request.httpMethod = method.rawValue
        if let body {
            request.httpBody = try JSONEncoder().encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let token = options.token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        return request
    }

    private static func send(_ request: URLRequest) async throws -> (Data, URLResponse) {
        do {
            return try await URLSession.shared.data(for: request)
        } catch let error as URLError {
            throw RoostError.failure(error)
        }
    }
}

extension RoostError {
    /// What a request over HTTP failed of: a ``RoostError``, or that it was cancelled.
    static func failure(_ error: URLError) -> any Error {
        switch error.code {
        case .timedOut: RoostError.timedOut
        case .cancelled: CancellationError()
        default: RoostError.unreachable(error.localizedDescription)
        }
    }
}

extension JSONDecoder {
    /// Dates as the server writes them.
    static var roost: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

extension RoostError.Refusal {
    /// An error over HTTP, in the form of the server or of whatever stands before it.
    init(_ data: Data, _ response: HTTPURLResponse) {
        let content = try? JSONDecoder().decode(ErrorBody.self, from: data).error
        message = content?.message ?? "The server answered with status \(response.statusCode)."
        code = content?.code
        parameter = content?.param
        status = response.statusCode
        retryAfter = response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init).map { .seconds($0) }
    }

    /// An error as an event of a stream that had begun.
    init?(event data: Data) {
        guard let content = try? JSONDecoder().decode(ErrorBody.self, from: data).error else { return nil }
        self.init(
            message: content.message,
            code: content.code,
            parameter: content.param,
            status: nil,
            retryAfter: nil
        )
    }
}

/// The form of every error over HTTP.
private struct ErrorBody: Decodable {
    struct Content: Decodable {
        let message: String
        let code: String?
        let param: String?
    }

    let error: Content
}

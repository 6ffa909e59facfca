package import HTTP
package import Runtime

/// What a provider says of itself.
package struct ProviderReport: Hashable, Sendable {
    /// The names of its models; `nil` where it does not say.
    package var models: [String]?
}

/// Whether a provider answers: one cheap request, and what its answer means.
package struct ProviderProbe: Sendable {
    package let name: ModelName
    package let request: ClientRequest
    private let codec: any ProviderCodec
    private let secret: Secret?

    /// - Parameter secret: never shown, not even when the provider repeats it.
    package init(_ codec: some ProviderCodec, secret: Secret? = nil) {
        name = codec.name
        request = codec.probe
        self.codec = codec
        self.secret = secret
    }

    /// How a provider is.
    package enum Health: Hashable, Sendable {
        case answers
        /// It is there, and would refuse the model that is configured.
        case lacksModel
        /// It is there, and speaks of no models: a gateway without a list.
        case silent(status: Int)
        case fails(String)
    }

    /// What an answer means.
    package func read(status: Int, headers: HTTPHeaders, body: [UInt8]) -> Health {
        switch status {
        case 200..<300: break
        case 404, 405, 501: return .silent(status: status)
        default:
            return .fails(
                ProviderFault.error(status: status, headers: headers, body: body, name).hiding(secret).message
            )
        }
        do {
            let models = try codec.report(from: body).models
            return models?.contains(name.model) ?? true ? .answers : .lacksModel
        } catch {
            return .fails(error.message.hiding(secret))
        }
    }

    /// Asks, for at most so long.
    ///
    /// - Throws: `CancellationError`.
    package func ask(_ client: HTTPClient, within limit: Duration) async throws -> Health {
        var timeouts = ClientConfiguration.Timeouts()
        timeouts.connect = limit
        timeouts.firstByte = limit
        timeouts.total = limit
        do {
            let (head, body) = try await client.collect(request, limit: Self.bodyLimit, timeouts: timeouts)
            return read(status: head.status.rawValue, headers: head.headers, body: body)
        } catch let error as HTTPClientError {
            return .fails(error.message.hiding(secret))
        }
    }

    /// A list of thousands of models has less than a megabyte.
    private static let bodyLimit = 4 << 20
}

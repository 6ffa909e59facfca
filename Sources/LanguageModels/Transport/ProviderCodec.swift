package import HTTP

/// A provider's wire format: what a request becomes, and what the answer's bytes mean.
///
/// Pure: it is tested on recorded exchanges, and ``ProviderModel`` does all input and output.
package protocol ProviderCodec: Sendable {
    associatedtype Decoder: AnswerDecoder

    var name: ModelName { get }

    /// What can be left out of a request, or said by another name, when the model refuses it.
    var dispensable: Set<RequestMember> { get }

    /// - Parameter refused: what the model does not take; the request's sampling is without it already.
    /// - Throws: ``ModelError`` of kind `unsupported` for what the format can't carry; nothing is left out silently.
    func encode(_ request: ModelRequest, without refused: RefusedMembers) throws(ModelError) -> ClientRequest

    /// How the provider is asked for the tokens of a prompt; `nil` where it can't be, or not for this one.
    func tokenCount(of request: ModelRequest) throws(ModelError) -> TokenCount?

    /// Whether ``tokenCount(of:)`` ever has an answer.
    var countsTokens: Bool { get }

    func makeDecoder() -> Decoder

    /// The cheapest request that shows whether the provider answers; no token is paid for it.
    var probe: ClientRequest { get }

    /// What the whole answer to ``probe``, with a good status, says.
    ///
    /// - Throws: ``ModelError`` of kind `malformed` for the answer of somebody else.
    func report(from body: [UInt8]) throws(ModelError) -> ProviderReport
}

extension ProviderCodec {
    package var dispensable: Set<RequestMember> { [.temperature, .topP] }

    package func encode(_ request: ModelRequest) throws(ModelError) -> ClientRequest {
        try encode(request, without: RefusedMembers())
    }

    package func tokenCount(of request: ModelRequest) throws(ModelError) -> TokenCount? { nil }

    package var countsTokens: Bool { false }
}

/// The way to a provider's count of a prompt: a request or two, each read by what knows the next step.
package enum TokenCount: Sendable {
    case ask(ClientRequest, then: @Sendable ([UInt8]) throws(ModelError) -> TokenCount)
    case counted(Int)
}

/// Reads one answer, whose bytes arrive in pieces that may end anywhere.
package protocol AnswerDecoder {
    /// Counts what the model has produced, also what is no event yet: a piece of a call's arguments, a thought.
    ///
    /// A model that is at work is not silent, however long its call is.
    var progress: Int { get }

    /// Appends the events that are complete with these bytes, also those that came before what it throws for: where the
    /// network cuts the bytes must not decide what was said.
    mutating func receive(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError)

    /// The last events; an answer that was cut short is an error.
    mutating func end() throws(ModelError) -> [ModelEvent]

    /// An answer that came whole although a stream was asked for: some gateways do that.
    mutating func receive(whole body: [UInt8]) throws(ModelError) -> [ModelEvent]
}

/// Where a provider is, and how it is told who asks.
package struct ProviderEndpoint: Sendable {
    /// The base address as the provider's documentation gives it, without a slash at its end.
    package let base: String
    package let headers: HTTPHeaders

    package init(_ base: String, headers: HTTPHeaders = [:]) {
        var base = Substring(base)
        while base.last == "/" { base.removeLast() }
        self.base = String(base)
        self.headers = headers
    }

    /// `base` + `path`, unless the base already ends with the path's beginning: both `http://host` and `http://host/v1` are
    /// met where a documentation says `/v1/chat/completions`.
    package func url(_ path: String) -> String {
        let first =
            path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true).first.map { "/\($0)" } ?? ""
        return base + (base.hasSuffix(first) ? String(path.dropFirst(first.count)) : path)
    }

    /// The same path beside the interface that OpenAI's clients know: without the base's `/v1`.
    package func rootURL(_ path: String) -> String {
        (base.hasSuffix("/v1") ? String(base.dropLast("/v1".count)) : base) + path
    }

    func get(_ url: String) -> ClientRequest { ClientRequest(.get, url, headers: headers) }

    func post(_ url: String, body: [UInt8]) -> ClientRequest {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return ClientRequest(.post, url, headers: headers, body: body)
    }
}

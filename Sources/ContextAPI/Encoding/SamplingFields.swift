import ContextCore
import LanguageModels

/// The members of a body that say how an answer is chosen.
struct SamplingFields {
    var maxTokens: Int?
    var temperature: Double?
    var topP: Double?
    var stop: StopTexts?
    var seed: Int?

    /// - Parameter place: where the members stand, with its dot: `parameters.`.
    /// - Throws: ``ContextError`` that names the member to blame.
    func sampling(at place: String = "") throws(ContextError) -> Sampling {
        if let maxTokens, maxTokens < 1 {
            throw .invalid("\(place)max_tokens", "max_tokens is \(maxTokens); use 1 or more.")
        }
        if let temperature, !(0...2).contains(temperature) {
            throw .invalid("\(place)temperature", "temperature is \(temperature); use 0 to 2.")
        }
        if let topP, !(0...1).contains(topP) {
            throw .invalid("\(place)top_p", "top_p is \(topP); use 0 to 1.")
        }
        var sampling = Sampling(maxTokens: maxTokens, temperature: temperature)
        sampling.topP = topP
        sampling.stop = stop?.texts ?? []
        sampling.seed = seed
        return sampling
    }
}

/// `stop`: a text or a list of them.
struct StopTexts: Decodable {
    let texts: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        texts = try (try? container.decode(String.self)).map { [$0] } ?? container.decode([String].self)
    }
}

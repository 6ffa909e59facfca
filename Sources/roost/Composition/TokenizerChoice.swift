import ContextCore
import LanguageModels

extension LanguageModelSettings {
    /// The byte pair encoding whose ranks are configured; `nil` where none are.
    ///
    /// Its name is that of the file, as far as the first dot.
    var tokenizer: BytePairEncoding? {
        get throws(ConfigurationError) {
            guard let ranksPath else { return nil }
            let name = ranksPath.split(separator: "/").last?.prefix { $0 != "." } ?? ""
            do {
                return try BytePairEncoding(
                    name: String(name),
                    file: try FileSystem.read(ranksPath),
                    pattern: SplitPattern(rawValue: splitPattern) ?? .o200k
                )
            } catch {
                throw .contradiction("llm.tokenizer.ranks is \(ranksPath), which can't be used: \(error).")
            }
        }
    }
}

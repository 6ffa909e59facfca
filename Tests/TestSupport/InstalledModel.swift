package import Embeddings
import Glibc
package import Testing

/// The model on this machine, if it is here: `script/fetch-model` brings it.
package enum InstalledModel {
    package static let folder: String? = {
        let home = getenv("HOME").map { String(cString: $0) } ?? "/"
        let configured = getenv("ROOST_MODEL").map { String(cString: $0) }
        let folder = configured ?? ModelFiles.defaultFolder(home: home)
        return access("\(folder)/vocab.txt", R_OK) == 0 ? folder : nil
    }()

    package static let isThere = ConditionTrait.enabled(
        if: folder != nil,
        "the model is missing: run script/fetch-model, or set ROOST_MODEL to its folder"
    )

    private static let shared = Result {
        try LocalEmbedder(files: ModelFiles(folder: folder ?? "", verifying: false))
    }

    package static func embedder() throws -> LocalEmbedder { try shared.get() }
}

package import ContextCore
import Retrieval
import SQL

extension ContextSessions {
    /// - Throws: ``ContextError`` (not found), also for a manifest of somebody else.
    package func manifest(_ id: String, _ caller: RequestContext) async throws -> ContextManifest {
        let found = try await database.read { try await ManifestStore.manifest(id, for: caller.principal, on: $0) }
        guard let found else { throw ContextError.unknown("manifest", id) }
        return found
    }

    /// Rebuilds the context of a manifest, or says what of it is gone.
    package func replay(_ manifest: ContextManifest, _ caller: RequestContext) async throws -> ManifestReplay {
        guard let account = manifest.prompt else {
            return try await ManifestReplay(of: manifest, from: library, for: caller.principal)
        }
        let keys = manifest.candidates.filter(\.included).map(\.key)
        let passages = try await library.passages(keys: keys, for: caller.principal)
        let sources: Result<ManifestReplay.Sources, ManifestReplay.Gap>
        do {
            sources = .success(try await database.read { try await ManifestReplay.sources(of: account, on: $0) })
        } catch let gap as ManifestReplay.Gap {
            sources = .failure(gap)
        }
        return try ManifestReplay(
            of: manifest,
            account,
            from: sources,
            passages: Dictionary(passages.map { ($0.key, $0) }) { $1 }
        )
    }
}

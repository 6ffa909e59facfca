import ContextAPI
import ContextEngine
import JSONWebTokens
import Runtime

extension Configuration {
    /// The delegation tokens' configuration with its keys.
    ///
    /// - Throws: ``ConfigurationError`` for a key that can't be used; a server without it would refuse every token.
    var delegationConfiguration: DelegationConfiguration {
        get throws(ConfigurationError) {
            var tokens = delegation.tokens
            if let secret = delegation.secret {
                do {
                    tokens.keys.add(try TokenKey(secret: secret))
                } catch {
                    throw .contradiction("delegation.secret \(error).")
                }
            }
            if let path = delegation.keyPath { tokens.keys.add(try Self.keys(in: path)) }
            return tokens
        }
    }

    private static func keys(in path: String) throws(ConfigurationError) -> KeySet {
        let file: [UInt8]
        do {
            file = try FileSystem.read(path)
        } catch {
            throw .contradiction("delegation.key can't be read: \(error).")
        }
        do {
            return try KeySet(file: file)
        } catch {
            throw .contradiction("delegation.key, \(path), \(error).")
        }
    }

    /// Whether anybody may ask for passages is one setting, for sockets, jobs and RAG sessions.
    var ragSessionConfiguration: RAGSessionConfiguration {
        var sessions = ragSessions
        sessions.isEnabled = sockets.isRAGEnabled
        return sessions
    }
}

import Runtime
import SQL

extension Configuration {
    private static let scheme = "sqlite:"

    /// - Throws: ``ConfigurationError`` for a database that this version can't talk to.
    var databaseConfiguration: DatabaseConfiguration {
        get throws(ConfigurationError) {
            var database = database
            guard let url = databaseURL?.reveal() else {
                database.location = .file(dataDirectory + "/roost.db")
                return database
            }
            guard url.hasPrefix(Self.scheme) else {
                let scheme = url.prefix { $0 != ":" }
                throw .contradiction(
                    "database_url begins with “\(scheme):”: this version keeps everything in SQLite, sqlite:PATH."
                )
            }
            var path = String(url.dropFirst(Self.scheme.count))
            if path.hasPrefix("//") { path.removeFirst(2) }
            if path.hasPrefix("~/") { path = homeDirectory + path.dropFirst() }
            database.location = path == ":memory:" ? .memory : .file(path)
            return database
        }
    }
}

extension DatabaseConfiguration {
    /// `nil` in memory.
    var path: String? {
        if case .file(let path) = location { path } else { nil }
    }
}

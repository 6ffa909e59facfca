import Runtime
import SQL

extension Configuration {
    /// - Throws: ``ConfigurationError`` for a database that this version can't talk to.
    var databaseConfiguration: DatabaseConfiguration {
        get throws(ConfigurationError) {
            var database = database
            database.location =
                if let url = databaseURL?.reveal() {
                    try location(url, of: "database_url")
                } else {
                    .file(dataDirectory + "/roost.db")
                }
            try checkVectorDatabase(beside: database.location)
            return database
        }
    }

    private static let scheme = "sqlite:"

    private func location(_ url: String, of setting: String) throws(ConfigurationError)
        -> DatabaseConfiguration.Location
    {
        guard url.hasPrefix(Self.scheme) else {
            let scheme = url.prefix { $0 != ":" }
            throw .contradiction(
                "\(setting) begins with “\(scheme):”: this version keeps everything in SQLite, sqlite:PATH."
            )
        }
        var path = String(url.dropFirst(Self.scheme.count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        if path.hasPrefix("~/") { path = homeDirectory + path.dropFirst() }
        return path == ":memory:" ? .memory : .file(path)
    }

    /// Passages lie where everything lies.
    private func checkVectorDatabase(beside main: DatabaseConfiguration.Location) throws(ConfigurationError) {
        guard let url = vectorDatabaseURL?.reveal() else { return }
        guard try location(url, of: "vectordb_url") == main else {
            throw .contradiction(
                "vectordb_url is not the main database: this version keeps passages in the same SQLite file. "
                    + "Leave it out, or give it the value of database_url."
            )
        }
    }
}

extension DatabaseConfiguration {
    /// `nil` in memory.
    var path: String? {
        if case .file(let path) = location { path } else { nil }
    }
}

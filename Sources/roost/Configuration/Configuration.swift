import ContextEngine
import HTTP
import Retrieval
import Runtime
import SQL

/// Everything that can be set, with the defaults.
///
/// What a part understands itself is that part's own structure, so a default is written down once, where it is used.
/// ``Setting/all`` says under which keys and variables all of it is reached.
struct Configuration: Sendable {
    /// Where everything lies that Roost writes; not a key of the file, because the file is looked for here.
    var dataDirectory: String
    var homeDirectory = ""

    var server: ServerConfiguration
    var tls = TLSFiles()
    var log = LogSettings()
    var embeddings = EmbeddingSettings()
    var search = SearchSettings()
    var index = LiveIndex.Configuration()
    var context = ContextConfiguration()
    var passages = PassageLimits()

    /// Errors that nobody foresaw after which reading a document is given up.
    var uploadAttempts = UploadQueue.defaultAttempts

    /// `sqlite:PATH`, or of a server; `nil` is `roost.db` in the data directory.
    var databaseURL: Secret?
    var database = DatabaseConfiguration(.memory)

    var languageModel = LanguageModelSettings()
    var conversation = ConversationSettings()
    var redisURL: Secret?

    init(dataDirectory: String) {
        self.dataDirectory = dataDirectory
        server = ServerConfiguration()
        server.port = 8092
    }
}

struct TLSFiles: Sendable {
    var certificate: String?
    var privateKey: String?
}

struct LogSettings: Sendable {
    var level = "info"
}

struct EmbeddingSettings: Sendable {
    var provider = "local"
    var model = "all-MiniLM-L6-v2"

    /// `nil` is `models/` and the model's name in the data directory, else in the home directory's `.roost`.
    var modelPath: String?
    var batchSize = 100
    var threads = 2
    var cacheDirectory: String?
}

struct SearchSettings: Sendable {
    var isEnabled = true
    var limit = 5
}

/// Accepted for the provider that is asked once there is one.
struct LanguageModelSettings: Sendable {
    var provider = "extractive"
    var apiKey: Secret?
    var model: String?
    var fallback: String?
    var endpoint: String?
    var temperature = 0.7
    var maximumTokens = 4_096
    var timeoutSeconds = 30
    var retryAttempts = 3

    /// Sentences of an extractive answer.
    var answerSentences = 4
}

/// Accepted for the conversations to come.
struct ConversationSettings: Sendable {
    var maximumContextTokens = 8_000
    var persists = true
    var path: String?
}

/// Where a database is and how it is opened; every number of this target has its home here.
package struct DatabaseConfiguration: Sendable, Hashable {
    package enum Location: Sendable, Hashable {
        /// The path of a file; SQLite keeps `-wal` and `-shm` beside it.
        case file(String)
        /// Gone when the database is closed. One connection serves readers and the writer in turn.
        case memory
    }

    package enum Durability: Sendable, Hashable {
        /// What was acknowledged survives a power failure: a commit waits for the disk.
        case full
        /// A commit survives the end of the process; a power failure may take the last ones. Never a damaged file.
        case normal
    }

    package var location: Location
    package var durability: Durability

    /// Most reading connections; they are opened as they are needed.
    package var maximumReaders: Int

    /// How long to wait for a lock that another process holds.
    package var busyTimeout: Duration

    /// Page cache per connection in KiB.
    package var cacheKibibytes: Int

    /// How much of the file is mapped into memory; 0 maps nothing.
    ///
    /// Off: random point reads in a file seven times as large as the cache gain nothing (125,000/s instead of
    /// 132,000/s), and an error of the disk, or a file that another program shortens, would arrive as SIGBUS.
    package var memoryMapBytes: Int64

    /// Pages in the write-ahead log after which a commit also checkpoints.
    package var checkpointPages: Int

    /// Prepared statements kept per connection.
    package var statementCacheCapacity: Int

    package init(
        _ location: Location,
        durability: Durability = .full,
        maximumReaders: Int = 4,
        busyTimeout: Duration = .seconds(5),
        cacheKibibytes: Int = 8_192,
        memoryMapBytes: Int64 = 0,
        checkpointPages: Int = 1_000,
        statementCacheCapacity: Int = 128
    ) {
        self.location = location
        self.durability = durability
        self.maximumReaders = max(1, maximumReaders)
        self.busyTimeout = busyTimeout
        self.cacheKibibytes = cacheKibibytes
        self.memoryMapBytes = memoryMapBytes
        self.checkpointPages = checkpointPages
        self.statementCacheCapacity = statementCacheCapacity
    }
}

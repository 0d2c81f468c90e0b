// Seeds that found something once. They are played first.

/// The seeds, each with what it found.
enum RegressionSeeds {
  static let all: [UInt64] = [
    // A resume that a later one had overtaken took the session, and replaced the secret that the client had.
    21,
    // A session whose creation was not answered in time was not found on the provider's list.
    406,
    // A resume that a later one had overtaken took a closed session's answers away.
    8354,
  ]
}

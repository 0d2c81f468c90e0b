// Counts what happened since the relay started, and how long providers took, for an operator.
import AvatarProvider
import Basics
import SessionValues
import Signaling

/// Counts for an operator; they only grow. No name of a person and no text is among them.
public struct RelayCounters: Sendable, Hashable {
  /// A kind of failure at one provider.
  public struct Failure: Sendable, Hashable {
    /// Whose call failed.
    public let provider: ProviderID
    /// Why.
    public let code: ProviderFailure.Code
  }

  /// Connections that were opened.
  public internal(set) var connections = 0
  /// Sessions that a provider opened.
  public internal(set) var sessionsOpened = 0
  /// Requests for a session that had to wait for a place.
  public internal(set) var opensQueued = 0
  /// Talks that were asked for, within the limits.
  public internal(set) var talks = 0
  /// Their characters, recordings at what each counts as.
  public internal(set) var characters = 0
  /// Tokens that were refused.
  public internal(set) var tokensRefused = 0
  /// Requests that were answered with an error of that kind.
  public private(set) var errors: [ErrorKind: Int] = [:]
  /// The same by the limit that they met.
  public private(set) var refusals: [LimitName: Int] = [:]
  /// Sessions that ended for that reason.
  public private(set) var ends: [CloseReason: Int] = [:]
  /// Calls that a provider did not carry out.
  public private(set) var providerFailures: [Failure: Int] = [:]
  /// How long providers took.
  public internal(set) var providerTimes = ProviderTimes()

  mutating func count(_ error: SignalingError) {
    errors[error.kind, default: 0] += 1
    if let limit = error.limit { refusals[limit, default: 0] += 1 }
    if error.kind == .accessDenied { tokensRefused += 1 }
  }

  mutating func count(_ code: ProviderFailure.Code, of provider: ProviderID) {
    providerFailures[Failure(provider: provider, code: code), default: 0] += 1
  }

  mutating func countSpeech(of characters: Int, isTalk: Bool) {
    if isTalk { talks += 1 }
    self.characters += characters
  }

  mutating func count(_ end: CloseReason) { ends[end, default: 0] += 1 }
}

extension Script {
  /// How many characters it has, or counts as.
  /// - Parameter recording: what a recording counts as, whose length nobody knows before it is played.
  func characterCount(recording: Int) -> Int {
    switch content {
    case .text(let text), .ssml(let text): text.unicodeScalars.count
    case .audio: recording
    }
  }
}

/// Histograms of the time between handing a call to a provider's adapter and its return, repetitions and the pauses
/// between them included, waiting in the relay and writing to the ledger not. There are as many as providers times
/// ``Call``, and each has a fixed number of buckets.
public struct ProviderTimes: Sendable, Hashable {
  /// What a provider is asked.
  public enum Call: String, Sendable, Hashable, CaseIterable {
    case open, describe, candidate, speak, interrupt, extend, close, list
    /// What is passed on and changes no session.
    case other
  }

  /// Whose times, and of what.
  public struct Key: Sendable, Hashable {
    /// Who was asked.
    public let provider: ProviderID
    /// What it was asked for.
    public let call: Call

    /// Names them.
    public init(provider: ProviderID, call: Call) { (self.provider, self.call) = (provider, call) }
  }

  /// How many calls took how long.
  public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets in seconds, smallest first; the longest call may take a minute.
    public static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    /// How many calls fell into each bucket, and above the last bound.
    private var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// The times of all calls together.
    public private(set) var sum = Duration.zero

    /// None so far.
    public init() {}

    mutating func add(_ time: Duration) {
      let seconds = time.seconds
      counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
      sum += time
    }

    /// How many calls there were.
    public var count: Int { counts.reduce(0, +) }

    /// For each bound how many calls took at most that long.
    public var cumulativeCounts: [(bound: Double, count: Int)] {
      var sum = 0
      return zip(Self.bounds, counts).map { bound, count in
        sum += count
        return (bound, sum)
      }
    }
  }

  /// The times so far, by provider and call; those without any are missing.
  public private(set) var histograms: [Key: Histogram] = [:]

  mutating func add(_ time: Duration, of call: Call, at provider: ProviderID) {
    histograms[Key(provider: provider, call: call), default: Histogram()].add(time)
  }
}

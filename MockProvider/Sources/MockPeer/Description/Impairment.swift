// What a path does to datagrams.

/// Loss, delay, jitter, reordering and bandwidth of one peer's path; the same seed drops the same datagrams.
public struct Impairment: Sendable, Hashable {
  /// Which datagrams it meets.
  public struct Directions: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// What the peer sends.
    public static let outgoing = Directions(rawValue: 1)
    /// What the peer receives.
    public static let incoming = Directions(rawValue: 2)
    public static let both: Directions = [.outgoing, .incoming]
  }

  /// 0 to 1: the part of all datagrams that is lost.
  public var loss: Double
  /// Added to every datagram; at most ``maximumDelay``.
  public var delay: Duration
  /// Up to this much more, evenly distributed. Datagrams keep their order unless ``reordering`` says otherwise.
  public var jitter: Duration
  /// 0 to 1: the part of all datagrams that is held back by another ``reorderingDelay`` and overtaken by later ones.
  public var reordering: Double
  /// Bits in a second; nil for as many as come. Datagrams wait in a queue of ``Impairment/queueBytes``.
  public var bandwidth: Int?
  public var directions: Directions
  public var seed: UInt64

  public static let none = Impairment()
  /// How long a reordered datagram is held back, on top of its delay.
  public static let reorderingDelay = Duration.milliseconds(20)
  /// The longest delay, and the longest jitter.
  public static let maximumDelay = Duration.seconds(10)
  /// What may wait for bandwidth in one direction; more is dropped.
  public static let queueBytes = 256 * 1024
  /// How many datagrams may be on the way in one direction; more are dropped.
  public static let queueDatagrams = 4096

  public init(
    loss: Double = 0, delay: Duration = .zero, jitter: Duration = .zero, reordering: Double = 0,
    bandwidth: Int? = nil, directions: Directions = .both, seed: UInt64 = 1
  ) {
    self.loss = min(max(loss.isNaN ? 0 : loss, 0), 1)
    self.delay = min(max(delay, .zero), Self.maximumDelay)
    self.jitter = min(max(jitter, .zero), Self.maximumDelay)
    self.reordering = min(max(reordering.isNaN ? 0 : reordering, 0), 1)
    self.bandwidth = bandwidth.map { max($0, 1) }
    self.directions = directions
    self.seed = seed
  }

  /// True when every datagram passes at once.
  public var isNone: Bool {
    directions.isEmpty || (loss == 0 && delay == .zero && jitter == .zero && reordering == 0 && bandwidth == nil)
  }
}

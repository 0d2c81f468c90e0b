// Delays, drops and reorders datagrams of a path, the same way for the same seed.
import Basics

/// An ``Impairment`` at work on one direction. Pure: the same seed, datagrams and times give the same result.
struct ImpairedPath {
  struct Item: Hashable {
    let datagram: [UInt8]
    let path: PeerPath
  }

  struct Waiting {
    let item: Item
    let due: MonotonicInstant
  }

  private var impairment: Impairment
  private let direction: Impairment.Directions
  private var random: SeededBits
  /// By due time; equal ones in the order in which they came.
  private(set) var waiting: [Waiting] = []
  private var busyUntil: MonotonicInstant?
  private var lastDue: MonotonicInstant?
  private(set) var droppedCount: UInt64 = 0

  init(_ impairment: Impairment, _ direction: Impairment.Directions) {
    self.impairment = impairment
    self.direction = direction
    random = SeededBits(seed: impairment.seed &+ UInt64(direction.rawValue))
  }

  var isEmpty: Bool { waiting.isEmpty }

  /// Another impairment from now on; what is on the way arrives as planned.
  mutating func set(_ new: Impairment) {
    guard new != impairment else { return }
    if new.seed != impairment.seed { random = SeededBits(seed: new.seed &+ UInt64(direction.rawValue)) }
    impairment = new
    busyUntil = nil
  }

  /// Takes a datagram.
  /// - Returns: it, when it passes at once.
  mutating func take(_ item: Item, now: MonotonicInstant) -> Item? {
    let isImpaired = impairment.directions.contains(direction) && !impairment.isNone
    guard isImpaired || !waiting.isEmpty else { return item }
    // As many draws for each datagram, so that one setting does not shift the others' luck.
    let isLost = random.nextUnit() < impairment.loss
    let part = random.nextUnit()
    let isReordered = random.nextUnit() < impairment.reordering
    guard isImpaired else { return schedule(item, due: lastDue.map { max($0, now) } ?? now, now: now) }
    guard !isLost, waiting.count < Impairment.queueDatagrams, let start = transmit(item.datagram.count, now) else {
      droppedCount += 1
      return nil
    }
    let due = start.advanced(by: impairment.delay + impairment.jitter * part)
    if isReordered {
      return schedule(item, due: due.advanced(by: Impairment.reorderingDelay), now: now, keepsOrder: false)
    }
    return schedule(item, due: max(due, lastDue ?? due), now: now)
  }

  /// What is due, in order.
  mutating func takeDue(now: MonotonicInstant) -> [Item] {
    let count = waiting.firstIndex { $0.due > now } ?? waiting.count
    guard count > 0 else { return [] }
    let items = waiting[..<count].map(\.item)
    waiting.removeFirst(count)
    return items
  }

  /// When the last bit has left; nil when the queue has no room.
  private mutating func transmit(_ bytes: Int, _ now: MonotonicInstant) -> MonotonicInstant? {
    guard let bandwidth = impairment.bandwidth else { return now }
    let start = max(busyUntil ?? now, now)
    let queued = now.duration(to: start).seconds * Double(bandwidth) / 8
    guard queued + Double(bytes) <= Double(Impairment.queueBytes) else { return nil }
    let end = start.advanced(by: .nanoseconds(Int64(Double(bytes) * 8e9 / Double(bandwidth))))
    busyUntil = end
    return end
  }

  private mutating func schedule(
    _ item: Item, due: MonotonicInstant, now: MonotonicInstant, keepsOrder: Bool = true
  ) -> Item? {
    if keepsOrder { lastDue = due }
    if due <= now && (waiting.first.map { $0.due > now } ?? true) { return item }
    let index = waiting.lastIndex { $0.due <= due }.map { $0 + 1 } ?? 0
    waiting.insert(Waiting(item: item, due: due), at: index)
    return nil
  }
}

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

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers for the same seed. Not for secrets.
public struct SeededBits: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// From 0 up to but not 1.
  mutating func nextUnit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}

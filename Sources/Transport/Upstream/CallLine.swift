// Decides which call to an origin goes out next: those that end something first, and no more than there is room for.
import ProviderHTTP

/// How many calls of an origin may be under way at once.
struct CallRoom: Equatable {
  /// Calls that one HTTP/2 connection carries at once, of the 100 that its server should allow at least
  /// (RFC 9113 section 6.5.2), and what calls that end something may have beyond: common servers allow 128.
  static let streams = 100
  static let reservedStreams = 28
  /// Most connections that are made to an origin that speaks HTTP/2.
  static let sharedConnections = 8

  /// For ordinary calls.
  let ordinary: Int
  /// For all of them; what is above ``ordinary`` is there for those that end something.
  let all: Int

  /// Every call needs a connection of its own.
  init(connections: Int, reserved: Int) {
    ordinary = max(1, connections - reserved)
    all = max(1, connections)
  }

  /// Calls share connections.
  init(sharedConnections count: Int) {
    ordinary = max(1, count) * Self.streams
    all = max(1, count) * (Self.streams + Self.reservedStreams)
  }

  /// How many connections so many calls should have to share.
  static func sharedConnections(for calls: Int) -> Int {
    min(sharedConnections, (calls + streams - 1) / streams)
  }
}

/// The calls of one origin: how many are under way, and which ones wait. A pure value.
struct CallLine<Call> {
  /// The calls of one priority that wait, in the order in which they came.
  private struct Queue {
    private var calls: [Int: Call] = [:]
    private var first = 0
    private var end = 0

    var count: Int { calls.count }

    mutating func append(_ call: Call) -> Int {
      calls[end] = call
      end += 1
      return end - 1
    }
    mutating func remove(_ ticket: Int) -> Bool { calls.removeValue(forKey: ticket) != nil }
    mutating func popFirst() -> Call? {
      while first < end {
        first += 1
        if let call = calls.removeValue(forKey: first - 1) { return call }
      }
      return nil
    }
  }

  private var ordinary = Queue()
  private var closing = Queue()
  private var ordinaryUnderWay = 0
  private var closingUnderWay = 0

  var underWay: Int { ordinaryUnderWay + closingUnderWay }
  var waiting: Int { ordinary.count + closing.count }
  var isEmpty: Bool { underWay + waiting == 0 }

  /// Lets a call wait.
  /// - Returns: by what it can be taken out again.
  mutating func enter(_ call: Call, _ priority: ProviderRequest.Priority) -> Int {
    switch priority {
    case .ordinary: ordinary.append(call)
    case .closing: closing.append(call)
    }
  }

  /// Takes the next call that there is room for; it is under way from now on.
  mutating func next(within room: CallRoom) -> Call? {
    guard underWay < room.all else { return nil }
    if let call = closing.popFirst() {
      closingUnderWay += 1
      return call
    }
    guard ordinaryUnderWay < room.ordinary, let call = ordinary.popFirst() else { return nil }
    ordinaryUnderWay += 1
    return call
  }

  /// Takes a call out that is over, whether it waited or was under way.
  mutating func leave(_ ticket: Int, _ priority: ProviderRequest.Priority) {
    switch priority {
    case .ordinary: if !ordinary.remove(ticket) { ordinaryUnderWay -= 1 }
    case .closing: if !closing.remove(ticket) { closingUnderWay -= 1 }
    }
  }
}

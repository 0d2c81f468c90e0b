// Opens and carries the data channels of a peer, without their transport (RFC 8831, RFC 8832).

/// Which channels there are and what is to be sent for them. Pure: calls and messages in, frames and events out.
struct DataChannels {
  /// What is given to SCTP.
  struct Frame: Hashable {
    let stream: UInt16
    let protocolID: UInt32
    let bytes: [UInt8]
  }

  private enum State: Hashable {
    /// Opened here, and the association is not up.
    case waiting
    /// Opened here, and not acknowledged.
    case opening(stream: UInt16)
    case open(stream: UInt16)

    var stream: UInt16? {
      switch self {
      case .waiting: nil
      case .opening(let stream), .open(let stream): stream
      }
    }
  }

  private struct Channel {
    var label: String
    var state: State
    var held: [ChannelMessage] = []
  }

  /// How many channels may be open.
  static let maximumChannels = 64
  /// The longest name in bytes; browsers limit it to 65535.
  static let maximumLabelBytes = 1024

  private var channels: [ChannelID: Channel] = [:]
  private var byStream: [UInt16: ChannelID] = [:]
  private var lastNumber = 0
  private var association: Association?
  /// Frames that SCTP has not taken, in order.
  private(set) var frames: [Frame] = []
  /// The next of ``frames``; what precedes it was taken.
  private var position = 0
  private(set) var waitingBytes = 0
  /// Streams to be reset once the frames are sent.
  private var resets: [UInt16] = []

  private struct Association {
    /// Parity by role (RFC 8832 section 6): even for the DTLS client.
    let isServer: Bool
    let streams: Int
  }

  var openCount: Int { channels.values.count { if case .open = $0.state { true } else { false } } }

  /// The association is up: the channels that wait are opened.
  mutating func associate(isServer: Bool, streams: Int) {
    guard association == nil else { return }
    association = Association(isServer: isServer, streams: streams)
    for id in channels.keys.sorted() { openIfPossible(id) }
  }

  /// Opens a channel.
  mutating func open(label: String) throws(ChannelError) -> ChannelID {
    guard channels.count < Self.maximumChannels else { throw .unavailable }
    guard label.utf8.count <= Self.maximumLabelBytes else { throw .tooLong }
    let id = nextID()
    channels[id] = Channel(label: label, state: .waiting)
    openIfPossible(id)
    return id
  }

  /// Queues a message; those of a channel that is not open yet are held until it is.
  mutating func send(_ message: ChannelMessage, on id: ChannelID, limit: Int) throws(ChannelError) {
    guard let channel = channels[id] else { throw .closed }
    let (protocolID, bytes) = DataChannelFrame.encoded(message)
    guard bytes.count <= limit else { throw .tooLong }
    guard waitingBytes + bytes.count <= Peer.maximumWaitingBytes else { throw .full }
    if let stream = channel.state.stream {
      enqueue(Frame(stream: stream, protocolID: protocolID, bytes: bytes))
    } else {
      waitingBytes += bytes.count
      channels[id]?.held.append(message)
    }
  }

  /// Takes a message of SCTP.
  /// - Returns: what it means; nil when it is malformed or for no channel.
  mutating func receive(stream: UInt16, protocolID: UInt32, _ bytes: [UInt8]) -> [PeerEvent]? {
    guard protocolID == DataChannelFrame.ProtocolID.control else {
      guard let id = byStream[stream], let message = DataChannelFrame.message(protocolID: protocolID, bytes) else {
        return nil
      }
      return acknowledged(id) + [.channelMessage(id, message)]
    }
    switch DataChannelFrame.control(bytes) {
    case .acknowledge?: return byStream[stream].map { acknowledged($0) }
    case .open(let label)?: return opened(stream: stream, label: label)
    case nil: return nil
    }
  }

  /// The browser sends nothing more on the streams; ours are reset too (RFC 8831 section 6.7).
  mutating func reset(_ streams: [UInt16]) -> [PeerEvent] {
    let closed = streams.isEmpty ? Array(byStream.keys) : streams
    return closed.sorted().compactMap { stream in
      guard let id = byStream.removeValue(forKey: stream) else { return nil }
      channels[id] = nil
      resets.append(stream)
      return .channelClosed(id)
    }
  }

  /// The association has ended.
  mutating func closeAll() -> [PeerEvent] {
    let ids = channels.keys.sorted()
    self = DataChannels(after: self)
    return ids.map { .channelClosed($0) }
  }

  /// Gives frames to SCTP until it takes no more.
  mutating func flush(_ send: (Frame) -> SctpOutcome) {
    while position < frames.count {
      let outcome = send(frames[position])
      if outcome == .full { break }
      waitingBytes -= frames[position].bytes.count
      position += 1
    }
    guard position > 0 else { return }
    frames.removeFirst(position)
    position = 0
  }

  mutating func takeResets() -> [UInt16] {
    guard frames.isEmpty else { return [] }
    defer { resets = [] }
    return resets
  }

  init() {}

  /// Numbers go on, so that no late use of an id means another channel.
  private init(after other: DataChannels) { lastNumber = other.lastNumber }

  private mutating func nextID() -> ChannelID {
    lastNumber += 1
    return ChannelID(number: lastNumber)
  }

  private mutating func enqueue(_ frame: Frame) {
    waitingBytes += frame.bytes.count
    frames.append(frame)
  }

  private mutating func openIfPossible(_ id: ChannelID) {
    guard let association, let channel = channels[id], channel.state == .waiting else { return }
    let first = association.isServer ? 1 : 0
    guard let free = stride(from: first, to: association.streams, by: 2).first(where: { byStream[UInt16($0)] == nil })
    else { return }
    let stream = UInt16(free)
    byStream[stream] = id
    channels[id]?.state = .opening(stream: stream)
    channels[id]?.held = []
    let open = DataChannelFrame.open(label: channel.label)
    enqueue(Frame(stream: stream, protocolID: DataChannelFrame.ProtocolID.control, bytes: open))
    for message in channel.held {
      let (protocolID, bytes) = DataChannelFrame.encoded(message)
      waitingBytes -= bytes.count
      enqueue(Frame(stream: stream, protocolID: protocolID, bytes: bytes))
    }
  }

  /// A message is as good as an acknowledgement.
  private mutating func acknowledged(_ id: ChannelID) -> [PeerEvent] {
    guard let channel = channels[id], case .opening(let stream) = channel.state else { return [] }
    channels[id]?.state = .open(stream: stream)
    return [.channelOpened(id, label: channel.label, byRemote: false)]
  }

  private mutating func opened(stream: UInt16, label: String) -> [PeerEvent]? {
    guard byStream[stream] == nil, let association, Int(stream) < association.streams,
      channels.count < Self.maximumChannels, label.utf8.count <= Self.maximumLabelBytes
    else { return nil }
    let id = nextID()
    channels[id] = Channel(label: label, state: .open(stream: stream))
    byStream[stream] = id
    let acknowledgement = DataChannelFrame.acknowledgement
    enqueue(Frame(stream: stream, protocolID: DataChannelFrame.ProtocolID.control, bytes: acknowledgement))
    return [.channelOpened(id, label: label, byRemote: true)]
  }
}

/// RFC 8832 and RFC 8831 section 8.
enum DataChannelFrame {
  enum ProtocolID {
    static let control: UInt32 = 50
    static let text: UInt32 = 51
    static let bytes: UInt32 = 53
    static let emptyText: UInt32 = 56
    static let emptyBytes: UInt32 = 57
  }

  /// RFC 8832 section 5.
  enum Control: Hashable {
    case open(label: String)
    case acknowledge
  }

  /// A reliable, ordered channel of normal priority without a sub-protocol.
  static func open(label: String) -> [UInt8] {
    let label = Array(label.utf8)
    var bytes: [UInt8] = [3, 0]
    bytes.append(uint16: 256)
    bytes.append(uint32: 0)
    bytes.append(uint16: UInt16(label.count))
    bytes.append(uint16: 0)
    return bytes + label
  }

  static let acknowledgement: [UInt8] = [2]

  /// - Returns: nil for a malformed message.
  static func control(_ bytes: [UInt8]) -> Control? {
    switch bytes.first {
    case 2: return bytes.count == 1 ? .acknowledge : nil
    case 3:
      guard bytes.count >= 12 else { return nil }
      let label = Int(bytes.uint16(at: 8))
      guard bytes.count == 12 + label + Int(bytes.uint16(at: 10)) else { return nil }
      return String(validating: bytes[12..<(12 + label)], as: UTF8.self).map { .open(label: $0) }
    default: return nil
    }
  }

  /// What carries a message; an empty one has to carry a byte (RFC 8831 section 6.6).
  static func encoded(_ message: ChannelMessage) -> (protocolID: UInt32, bytes: [UInt8]) {
    switch message {
    case .text(""): (ProtocolID.emptyText, [0])
    case .bytes([]): (ProtocolID.emptyBytes, [0])
    case .text(let text): (ProtocolID.text, Array(text.utf8))
    case .bytes(let bytes): (ProtocolID.bytes, bytes)
    }
  }

  /// - Returns: nil for an unknown kind or text that is not UTF-8.
  static func message(protocolID: UInt32, _ bytes: [UInt8]) -> ChannelMessage? {
    switch protocolID {
    case ProtocolID.text: String(validating: bytes, as: UTF8.self).map { .text($0) }
    case ProtocolID.bytes: .bytes(bytes)
    case ProtocolID.emptyText: .text("")
    case ProtocolID.emptyBytes: .bytes([])
    default: nil
    }
  }
}

/// One data channel of a peer; not its SCTP stream, which is free again when the channel has closed.
public struct ChannelID: Sendable, Hashable, Comparable {
  public let number: Int
  init(number: Int) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// What RFC 8831 section 6.6 tells apart by payload protocol identifiers.
public enum ChannelMessage: Sendable, Hashable {
  case text(String)
  case bytes([UInt8])
}

/// A message that was not sent; the caller's fault unless it is `.full`, which is worth another try later.
public enum ChannelError: Error, Sendable, Hashable {
  /// The peer has closed the channel, or never had it; or it was closed by the browser.
  case closed
  /// Longer than the browser takes, or than ``Peer/maximumMessageBytes``.
  case tooLong
  /// What waits to be sent would exceed ``Peer/maximumWaitingBytes``.
  case full
  /// No data channels were negotiated, or ``DataChannels/maximumChannels`` are open.
  case unavailable
}

// The data channels of a peer, without their transport.

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

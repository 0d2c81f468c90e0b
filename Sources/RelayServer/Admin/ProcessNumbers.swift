// Reads what the system knows of this process: times, memory, descriptors.
import Foundation

/// What `/proc` says of this process (proc(5)); nil for what it does not say.
struct ProcessNumbers: Sendable, Hashable {
  /// In its own and in the system's code.
  private(set) var processorSeconds: Double?
  private(set) var residentBytes: Double?
  private(set) var virtualBytes: Double?
  private(set) var openDescriptors: Int?
  private(set) var maximumDescriptors: Int?
  /// Since 1970.
  private(set) var startSeconds: Double?

  /// The numbers as they are now. Off the event loop: of a process with many descriptors this takes milliseconds.
  static func now() async -> ProcessNumbers { await Task.detached { ProcessNumbers() }.value }

  private init() {
    // What stands in parentheses is the name of the program, with whatever is in it.
    let status = Self.text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
    func field(_ number: Int) -> Double? { status.indices.contains(number - 3) ? Double(status[number - 3]) : nil }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    if let own = field(14), let system = field(15) { processorSeconds = (own + system) / ticks }
    virtualBytes = field(23)
    residentBytes = field(24).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    let boot = Self.text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
    if let boot = boot.flatMap({ Double($0.dropFirst("btime ".count)) }), let start = field(22) {
      startSeconds = boot + start / ticks
    }
    // One of them is of this reading.
    openDescriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { $0.count - 1 }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { maximumDescriptors = Int(clamping: limit.rlim_cur) }
  }

  private static func text(_ path: String) -> String? {
    (try? SmallFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
  }
}

#include "compare/profile/process_symbols.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unordered_map>

namespace iomux::compare {
namespace {

namespace fs = std::filesystem;

// Only local files: the standard search would also ask the servers in DEBUGINFOD_URLS.
const Dwfl_Callbacks& callbacks() {
    static const Dwfl_Callbacks all{.find_elf = dwfl_linux_proc_find_elf,
                                    .find_debuginfo = dwfl_build_id_find_debuginfo,
                                    .section_address = nullptr,
                                    .debuginfo_path = nullptr};
    return all;
}

// libdwfl adds the ID of the process to the name of what is not a file.
std::string file_name(std::string_view path) {
    return path.starts_with("[vdso") ? "[vdso]" : fs::path(path).filename().string();
}

// The section that contains the address, and where in the section it is.
struct Place {
    Elf_Scn* section;
    std::uint64_t offset;
};

std::optional<Place> place_of(Dwfl_Module* module, std::uint64_t address) {
    Dwarf_Addr in_section = address;
    Dwarf_Addr bias = 0;
    Elf_Scn* const section = dwfl_module_address_section(module, &in_section, &bias);
    return section != nullptr ? std::optional(Place{section, in_section}) : std::nullopt;
}

// Whether it is in a table of jumps to the functions of other files.
bool is_in_jump_table(Dwfl_Module* module, const Place& place) {
    GElf_Addr bias = 0;
    Elf* const file = dwfl_module_getelf(module, &bias);
    std::size_t names = 0;
    GElf_Shdr header{};
    if (file == nullptr || elf_getshdrstrndx(file, &names) != 0 || gelf_getshdr(place.section, &header) == nullptr)
        return false;
    const char* const name = elf_strptr(file, names, header.sh_name);
    return name != nullptr && std::string_view(name).starts_with(".plt");
}

bool follows_system_call(const Place& place) {
#if defined(__x86_64__)
    constexpr std::array<unsigned char, 2> instruction{0x0f, 0x05};
#elif defined(__aarch64__)
    constexpr std::array<unsigned char, 4> instruction{0x01, 0x00, 0x00, 0xd4};
#else
    constexpr std::array<unsigned char, 0> instruction{};
#endif
    const Elf_Data* const data = elf_rawdata(place.section, nullptr);
    if (data == nullptr || data->d_buf == nullptr || instruction.empty() || place.offset < instruction.size() ||
        place.offset > data->d_size)
        return false;
    const auto* const end = static_cast<const unsigned char*>(data->d_buf) + place.offset;
    return std::equal(instruction.begin(), instruction.end(), end - instruction.size());
}

// As the compiler has been told to write paths of this project (CMakeLists.txt).
constexpr std::string_view our_sources = "/iomux/";

// `folder`: in which the compiler ran; null if it is unknown. The path may be relative to it.
std::optional<SourceLine> ours(const char* folder, const char* path, int line) {
    if (path == nullptr || line <= 0) return std::nullopt;
    const std::string file = (fs::path(folder == nullptr ? "" : folder) / path).lexically_normal();
    if (!file.starts_with(our_sources)) return std::nullopt;
    return SourceLine{file.substr(our_sources.size()), line};
}

// An array that libdw has allocated.
struct Scopes {
    Scopes() = default;
    Scopes(const Scopes&) = delete;
    Scopes& operator=(const Scopes&) = delete;
    ~Scopes() { std::free(all); }

    Dwarf_Die* all = nullptr;
    int number = 0;
};

// Where a function that the compiler has put into its caller is called; nothing if the scope is no such function.
std::optional<SourceLine> call_of(Dwarf_Die& scope, Dwarf_Files* files, const char* folder) {
    if (dwarf_tag(&scope) != DW_TAG_inlined_subroutine) return std::nullopt;
    const auto number = [&](unsigned name) {
        Dwarf_Attribute attribute{};
        Dwarf_Word value = 0;
        dwarf_formudata(dwarf_attr(&scope, name, &attribute), &value);
        return value;
    };
    return ours(folder, dwarf_filesrc(files, number(DW_AT_call_file), nullptr, nullptr),
                static_cast<int>(number(DW_AT_call_line)));
}

// The calls of ours around the address, the innermost first.
std::vector<SourceLine> lines_of_calls(Dwfl_Module* module, std::uint64_t address) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = dwfl_module_addrdie(module, address, &bias);
    Dwarf_Files* files = nullptr;
    std::size_t number_of_files = 0;
    if (unit == nullptr || dwarf_getsrcfiles(unit, &files, &number_of_files) != 0) return {};
    Scopes there, around;
    there.number = dwarf_getscopes(unit, address - bias, &there.all);
    if (there.number <= 0) return {};
    around.number = dwarf_getscopes_die(&there.all[0], &around.all);
    Dwarf_Attribute attribute{};
    const char* const folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    std::vector<SourceLine> lines;
    for (int i = 0; i < around.number; ++i)
        if (std::optional<SourceLine> line = call_of(around.all[i], files, folder)) lines.push_back(std::move(*line));
    return lines;
}

void find_lines(Dwfl_Module* module, std::uint64_t address, Frame& frame) {
    Dwfl_Line* const found = dwfl_module_getsrc(module, address);
    if (found == nullptr) return;
    int number = 0;
    const char* const path = dwfl_lineinfo(found, nullptr, &number, nullptr, nullptr, nullptr);
    frame.line = ours(dwfl_line_comp_dir(found), path, number);
    frame.inlined_at = lines_of_calls(module, address);
    if (frame.line || frame.inlined_at.empty()) return;
    // The code is that of a library's header, which the compiler has put into a function of ours.
    frame.line = std::move(frame.inlined_at.front());
    frame.inlined_at.erase(frame.inlined_at.begin());
}

#if defined(__x86_64__)
constexpr int frame_pointer_register = 6;
constexpr Dwarf_Word stack_pointer_register = 7;
#else
constexpr int frame_pointer_register = 29;
constexpr Dwarf_Word stack_pointer_register = 31;
#endif

// Where a frame keeps a register of its caller.
struct SavedRegister {
    bool is_kept = false;                     // in the register itself
    std::optional<std::int64_t> offset = {};  // from the end of the frame
};

SavedRegister saved_register(Dwarf_Frame* frame, int number) {
    std::array<Dwarf_Op, 3> memory{};
    Dwarf_Op* steps = nullptr;
    std::size_t length = 0;
    if (dwarf_frame_register(frame, number, memory.data(), &steps, &length) != 0) return {};
    if (length == 0) return {.is_kept = steps == nullptr};
    if (steps[0].atom != DW_OP_call_frame_cfa) return {};
    if (length == 1) return {.offset = 0};
    if (length > 2 || steps[1].atom != DW_OP_plus_uconst) return {};
    return {.offset = static_cast<std::int64_t>(steps[1].number)};
}

std::optional<FrameRule> rule_in(Dwarf_Frame* frame) {
    Dwarf_Op* steps = nullptr;
    std::size_t length = 0;
    bool is_signal = false;
    const int return_register = dwarf_frame_info(frame, nullptr, nullptr, &is_signal);
    if (return_register < 0 || is_signal || dwarf_frame_cfa(frame, &steps, &length) != 0 || length != 1 ||
        steps[0].atom != DW_OP_bregx)
        return std::nullopt;
    const bool is_frame_pointer = steps[0].number == static_cast<Dwarf_Word>(frame_pointer_register);
    if (!is_frame_pointer && steps[0].number != stack_pointer_register) return std::nullopt;
    const SavedRegister return_address = saved_register(frame, return_register);
    const SavedRegister frame_pointer = saved_register(frame, frame_pointer_register);
    const auto is_known = [](const SavedRegister& saved) { return saved.is_kept || saved.offset; };
    if (!is_known(return_address) || !is_known(frame_pointer)) return std::nullopt;
    return FrameRule{.base = is_frame_pointer ? FrameRule::Base::frame_pointer : FrameRule::Base::stack_pointer,
                     .end = static_cast<std::int64_t>(steps[0].number2),
                     .return_address = return_address.offset,
                     .frame_pointer = frame_pointer.offset};
}

// Reads the symbols now, while the process has its files.
int load(Dwfl_Module* module, void**, const char*, Dwarf_Addr, void*) {
    dwfl_module_getsymtab(module);
    return DWARF_CB_OK;
}

}  // namespace

struct ProcessSymbols::Files {
    struct End {
        void operator()(Dwfl* opened) const { dwfl_end(opened); }
    };

    std::unique_ptr<Dwfl, End> session;
    std::string executable;
    mutable std::unordered_map<std::uint64_t, Frame> known = {};
    mutable std::unordered_map<std::uint64_t, std::optional<FrameRule>> known_rules = {};

    Frame look_up(std::uint64_t address) const {
        Dwfl_Module* const module = dwfl_addrmodule(session.get(), address);
        if (module == nullptr) return {};
        Dwarf_Addr begin = 0, end = 0;
        const char* const path = dwfl_module_info(module, nullptr, &begin, &end, nullptr, nullptr, nullptr, nullptr);
        // The module below the address is found too.
        if (address < begin || address >= end) return {};
        Frame frame{.in = path == executable ? Frame::In::program : Frame::In::library, .file = file_name(path)};
        GElf_Off offset = 0;
        GElf_Sym symbol{};
        const char* const name = dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
        // A symbol without a size is the beginning of something, such as of a section.
        if (name != nullptr && (offset < symbol.st_size || symbol.st_size == 0)) frame.name = short_name(name);
        if (const std::optional<Place> place = place_of(module, address)) {
            if (frame.name.empty() && is_in_jump_table(module, *place)) frame.name = jump_table_name;
            frame.after_system_call = follows_system_call(*place);
        }
        if (frame.in == Frame::In::program) find_lines(module, address, frame);
        return frame;
    }

    std::optional<FrameRule> look_up_rule(std::uint64_t address) const {
        Dwfl_Module* const module = dwfl_addrmodule(session.get(), address);
        Dwarf_Addr bias = 0;
        Dwarf_CFI* const rules = module != nullptr ? dwfl_module_eh_cfi(module, &bias) : nullptr;
        Dwarf_Frame* found = nullptr;
        if (rules == nullptr || dwarf_cfi_addrframe(rules, address - bias, &found) != 0) return std::nullopt;
        const std::unique_ptr<Dwarf_Frame, decltype(&std::free)> frame(found, &std::free);
        return rule_in(frame.get());
    }
};

ProcessSymbols::ProcessSymbols(pid_t process) : files_(std::make_unique<Files>()) {
    std::error_code gone;
    files_->executable = fs::read_symlink(fmt::format("/proc/{}/exe", process), gone);
    files_->session.reset(dwfl_begin(&callbacks()));
    if (gone || files_->session == nullptr || dwfl_linux_proc_report(files_->session.get(), process) != 0 ||
        dwfl_report_end(files_->session.get(), nullptr, nullptr) != 0)
        throw std::runtime_error(fmt::format("cannot read which files process {} has mapped: {}", process,
                                             gone ? gone.message() : dwfl_errmsg(-1)));
    dwfl_getmodules(files_->session.get(), load, nullptr, 0);
}

ProcessSymbols::~ProcessSymbols() = default;
ProcessSymbols::ProcessSymbols(ProcessSymbols&&) noexcept = default;

Frame ProcessSymbols::find(std::uint64_t address) const {
    const auto known = files_->known.find(address);
    if (known != files_->known.end()) return known->second;
    return files_->known.emplace(address, files_->look_up(address)).first->second;
}

std::optional<FrameRule> ProcessSymbols::rule_for(std::uint64_t address) const {
    const auto known = files_->known_rules.find(address);
    if (known != files_->known_rules.end()) return known->second;
    return files_->known_rules.emplace(address, files_->look_up_rule(address)).first->second;
}

std::optional<std::string> reason_against_symbols() { return std::nullopt; }

}  // namespace iomux::compare

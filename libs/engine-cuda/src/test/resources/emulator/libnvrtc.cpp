// CUDA's compiler for an emulated device: the host's C++ compiler. What it calls a cubin is the
// name of the shared library that it made.
#include <cstdio>
#include <dlfcn.h>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>

struct Program { std::string source, name, image, log; };

extern "C" {

int nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return 0; }
int nvrtcCreateProgram(Program** program, const char* source, const char* name, int, const char* const*, const char* const*) {
    *program = new Program{source, name, "", ""};
    return 0;
}

// The launchers of all kernels of a source.
static std::string launchers(const std::string& source) {
    std::ostringstream out;
    std::regex kernel("__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s*)?(\\w+)\\s*\\(");
    for (std::sregex_iterator i(source.begin(), source.end(), kernel), end; i != end; ++i) {
        std::string name = (*i)[1];
        out << "extern \"C\" void emulate_" << name << "(unsigned gx, unsigned gy, unsigned threads, unsigned shared, void** arguments) {"
            << " emulated::launch(" << name << ", gx, gy, threads, shared, arguments); }\n";
    }
    return out.str();
}

int nvrtcCompileProgram(Program* program, int, const char* const*) {
    Dl_info own;
    dladdr((void*)nvrtcVersion, &own);
    std::string home = std::string(own.dli_fname).substr(0, std::string(own.dli_fname).rfind('/'));
    std::string folder = home + "/module-XXXXXX";
    if (!mkdtemp(&folder[0])) { program->log = "no folder " + folder; return 6; }
    std::string base = folder + "/kernels";
    {
        std::ofstream file(base + ".cpp");
        file << "#include \"" << home << "/emulator.h\"\n" << program->source << "\n" << launchers(program->source);
    }
    std::string command = "g++ -std=c++17 -O1 -w -fPIC -shared -ffp-contract=off -o " + base + ".so " + base + ".cpp 2> " + base + ".log";
    int status = std::system(command.c_str());
    std::ifstream log(base + ".log");
    std::stringstream text;
    text << log.rdbuf();
    program->log = text.str();
    program->image = base + ".so";
    return status == 0 ? 0 : 6;
}

int nvrtcGetProgramLogSize(Program* program, size_t* size) { *size = program->log.size() + 1; return 0; }
int nvrtcGetProgramLog(Program* program, char* log) { std::strcpy(log, program->log.c_str()); return 0; }
int nvrtcGetCUBINSize(Program* program, size_t* size) { *size = program->image.size() + 1; return 0; }
int nvrtcGetCUBIN(Program* program, char* image) { std::strcpy(image, program->image.c_str()); return 0; }
int nvrtcDestroyProgram(Program** program) { delete *program; *program = nullptr; return 0; }

}

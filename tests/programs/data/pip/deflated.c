/* deflated.pack(bytes, level), deflated.unpack(bytes, size), deflated.Sum (an object that adds up Adler-32 and CRC-32). */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include "zlib.h"

static PyObject *failure;

static PyObject *pack(PyObject *self, PyObject *args, PyObject *names)
{
    static char *keywords[] = {"data", "level", NULL};
    Py_buffer data;
    int level = Z_DEFAULT_COMPRESSION;
    if (!PyArg_ParseTupleAndKeywords(args, names, "y*|$i", keywords, &data, &level))
        return NULL;
    uLongf size = compressBound(data.len);
    PyObject *out = PyBytes_FromStringAndSize(NULL, size);
    int status = Z_MEM_ERROR;
    if (out != NULL) {
        Py_BEGIN_ALLOW_THREADS
        status = compress2((Bytef *)PyBytes_AS_STRING(out), &size, data.buf, data.len, level);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    if (out != NULL && status != Z_OK) {
        Py_CLEAR(out);
        PyErr_Format(failure, "compress2: %s (%d)", zError(status), status);
    }
    if (out != NULL)
        _PyBytes_Resize(&out, size);
    return out;
}

static PyObject *unpack(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyBytes_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "unpack() takes bytes and a size, not %zd arguments", count);
    uLongf size = PyLong_AsUnsignedLong(args[1]);
    if (PyErr_Occurred())
        return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size);
    int status = out ? uncompress((Bytef *)PyBytes_AS_STRING(out), &size, (const Bytef *)PyBytes_AS_STRING(args[0]), PyBytes_GET_SIZE(args[0])) : Z_OK;
    if (status != Z_OK) {
        Py_CLEAR(out);
        PyErr_Format(failure, "uncompress: %s (%d)", zError(status), status);
    }
    return out;
}

typedef struct {
    PyObject_HEAD
    unsigned long adler, crc;
    double bytes;
} Sum;

static int sum_init(Sum *self, PyObject *args, PyObject *names)
{
    self->adler = adler32(0, NULL, 0);
    self->crc = crc32(0, NULL, 0);
    return 0;
}

static PyObject *sum_add(Sum *self, PyObject *data)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(data, &bytes, &size) < 0)
        return NULL;
    self->adler = adler32(self->adler, (const Bytef *)bytes, size);
    self->crc = crc32(self->crc, (const Bytef *)bytes, size);
    self->bytes += size;
    return Py_NewRef((PyObject *)self);
}

static PyObject *sum_text(Sum *self) { return PyUnicode_FromFormat("<%lu %lu>", self->adler, self->crc); }

static PyMethodDef sum_methods[] = {{"add", (PyCFunction)sum_add, METH_O, "Take more bytes in."}, {NULL}};
static PyMemberDef sum_members[] = {{"adler", T_ULONG, offsetof(Sum, adler), READONLY}, {"crc", T_ULONG, offsetof(Sum, crc), READONLY},
                                    {"bytes", T_DOUBLE, offsetof(Sum, bytes), 0}, {NULL}};
static PyTypeObject sum_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "deflated.Sum",
    .tp_basicsize = sizeof(Sum),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)sum_init,
    .tp_repr = (reprfunc)sum_text,
    .tp_methods = sum_methods,
    .tp_members = sum_members,
};

static PyMethodDef methods[] = {
    {"pack", (PyCFunction)(void (*)(void))pack, METH_VARARGS | METH_KEYWORDS, "Compressed bytes."},
    {"unpack", (PyCFunction)(void (*)(void))unpack, METH_FASTCALL, "The bytes that were compressed."},
    {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "deflated", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_deflated(void)
{
    PyObject *m = PyType_Ready(&sum_type) < 0 ? NULL : PyModule_Create(&module);
    failure = PyErr_NewException("deflated.Failure", PyExc_ValueError, NULL);
    if (m == NULL || failure == NULL || PyModule_AddObjectRef(m, "Failure", failure) < 0 || PyModule_AddObjectRef(m, "Sum", (PyObject *)&sum_type) < 0)
        return NULL;
    return m;
}
